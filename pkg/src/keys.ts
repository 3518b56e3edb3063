/** What a person does with a vault's keys. No method returns a key. */

import type {
  CodeCheck,
  Command,
  MadeCode,
  MadeCodes,
  RecoveryCode,
  RecoveryCodes,
  VaultState,
} from "./api.js";

/** Puts a request to the worker. */
export type Ask = (command: Command) => Promise<unknown>;
/** The same, where the answer tells where the vault stands. */
export type AskState = (command: Command) => Promise<VaultState>;

/** Passphrase, recovery codes and the vault key, at {@link Lockstep.keys}. */
export class Keys {
  readonly #ask: Ask;
  readonly #askState: AskState;

  /** @internal */
  constructor(ask: Ask, askState: AskState) {
    this.#ask = ask;
    this.#askState = askState;
  }

  /**
   * Another passphrase for the same vault.
   *
   * @throws LockstepError `cannot_unlock` if `current` is not the present
   *   one, `slots_conflict` if another device changed the keys meanwhile
   */
  changePassphrase(current: string, passphrase: string): Promise<VaultState> {
    return this.#askState({ type: "change_passphrase", current, passphrase });
  }

  /**
   * Makes a set of recovery codes in the place of the one before. They are
   * told this once; each opens the vault once.
   */
  async createRecoveryCodes(passphrase: string): Promise<MadeCode[]> {
    const made = (await this.#ask({ type: "create_recovery_codes", passphrase })) as MadeCodes;
    return made.codes ?? [];
  }

  /** The recovery codes that there are, without the codes themselves. */
  async recoveryCodes(): Promise<RecoveryCode[]> {
    return ((await this.#ask({ type: "recovery_codes" })) as RecoveryCodes).codes;
  }

  /** Ends some recovery codes, or all of them. */
  async revokeRecoveryCodes(ids?: string[]): Promise<RecoveryCode[]> {
    const command: Command = { type: "revoke_recovery_codes", ...(ids && { ids }) };
    return ((await this.#ask(command)) as RecoveryCodes).codes;
  }

  /** What is right of a recovery code that is being typed. Sends nothing. */
  async checkCode(code: string): Promise<CodeCheck> {
    return (await this.#ask({ type: "check_code", code })) as CodeCheck;
  }

  /**
   * Opens the vault with a recovery code, which is used up. Nothing but
   * {@link setPassphrase} goes on from there.
   *
   * @throws LockstepError `cannot_unlock`, `recovery_code_mistyped`, `offline`
   */
  unlockWithCode(code: string): Promise<VaultState> {
    return this.#askState({ type: "unlock_with_code", code });
  }

  /**
   * Sets the passphrase that is due after a recovery code, and renews the
   * vault key. Resolves to a new set of recovery codes.
   */
  async setPassphrase(passphrase: string): Promise<MadeCode[]> {
    return ((await this.#ask({ type: "set_passphrase", passphrase })) as MadeCodes).codes ?? [];
  }

  /**
   * Renews the vault key; records are sealed anew in the background. Resolves
   * to new recovery codes if there were any.
   */
  async rotate(passphrase: string): Promise<MadeCode[]> {
    return ((await this.#ask({ type: "rotate_key", passphrase })) as MadeCodes).codes ?? [];
  }

  /** Moves on to the policy that `VaultState.policy.upgrade` offers. */
  upgradePolicy(passphrase: string): Promise<VaultState> {
    return this.#askState({ type: "upgrade_policy", passphrase });
  }

  /**
   * Destroys the vault, here and on the server. `confirmation` is
   * "delete everything".
   *
   * @throws LockstepError `sign_in_again` unless the device signed in within
   *   the last five minutes
   */
  resetVault(confirmation: string): Promise<VaultState> {
    return this.#askState({ type: "reset_vault", confirmation });
  }
}
