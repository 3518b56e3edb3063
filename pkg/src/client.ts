/** The vault, as a page sees it. */

import type {
  ApiKeyView,
  Command,
  DeviceView,
  DraftInput,
  DraftView,
  FormFactor,
  ImportFile,
  ImportOutcome,
  Kind,
  ListItem,
  ListPage,
  LockSettings,
  LockSettingsView,
  LockTier,
  NewApiKey,
  NewRecord,
  Notice,
  Phase,
  RecordPatch,
  RecordView,
  SearchPage,
  SignInLink,
  SyncStatus,
  VaultState,
} from "./api.js";
import { failure, type PageCode } from "./error.js";
import { wasmUrl, WorkerHost } from "./host.js";
import { Keys } from "./keys.js";
import { claim, type Claim, type Release } from "./lease.js";

/** Where the vault is. */
export interface OpenOptions {
  /** Origin of the server; the page's own by default. */
  server?: string;
  /** Name of the database in this browser; "lockstep" by default. */
  name?: string;
}

/** Which stretch of the list. */
export interface ListOptions {
  kind?: Kind;
  tag?: string;
  /** How many to pass over; 0 by default. */
  offset?: number;
  /** How many at the most. */
  limit: number;
}

/** Which hits. */
export interface SearchOptions {
  /** How many at the most; 20 by default. */
  limit?: number;
  kind?: Kind;
}

/** What a vault tells without having been asked. */
export type VaultNotice =
  | Notice
  /** Another tab took the vault over; this object is of no use any more. */
  | { type: "taken_over" }
  /** A fault ended the worker; the next call starts a new one. */
  | { type: "stopped" };

/** Hears every notice. */
export type Listener = (notice: VaultNotice) => void;

/** Hits of a search that does not say how many. */
const HITS = 20;
/** How long a worker may take to lock before it is ended regardless. */
const LOCK_GRACE_MS = 1000;
/** Time between two signs of activity that the worker hears of. */
const ACTIVITY_EVERY_MS = 1000;

/**
 * A vault. Every method may be rejected with a {@link LockstepError}; those
 * that name codes below name the ones to expect in daily use.
 */
export class Lockstep {
  /** Passphrase, recovery codes and the vault key. */
  readonly keys = new Keys(
    (command) => this.#call(command),
    (command) => this.#standing(command),
  );
  readonly #host: WorkerHost;
  readonly #listeners = new Set<Listener>();
  #release: Release | undefined;
  #over: PageCode | undefined;
  #phase: Phase | undefined;
  #visible = true;
  #form: FormFactor | undefined;
  #ending = false;
  #activeAtMs = Number.NEGATIVE_INFINITY;

  private constructor(options: OpenOptions) {
    const start = {
      server: new URL(options.server ?? location.origin, location.href).origin,
      name: options.name ?? "lockstep",
      wasm: wasmUrl(),
    };
    this.#host = new WorkerHost(start, (notice) => this.#hear(notice));
  }

  /**
   * Opens the vault in this tab. Nothing is read or sent before the first
   * call.
   *
   * @throws LockstepError `open_elsewhere` if another tab has it open,
   *   `unsupported` if the browser cannot.
   */
  static open(options: OpenOptions = {}): Promise<Lockstep> {
    return Lockstep.#claim(options, "if_free");
  }

  /**
   * Opens the vault in this tab and takes it from the tab that has it open,
   * which is told `taken_over`.
   */
  static takeOver(options: OpenOptions = {}): Promise<Lockstep> {
    return Lockstep.#claim(options, "steal");
  }

  static async #claim(options: OpenOptions, how: Claim): Promise<Lockstep> {
    const vault = new Lockstep(options);
    const name = options.name ?? "lockstep";
    vault.#release = await claim(name, how, () => vault.#takenOver());
    return vault;
  }

  /** Where the vault stands. */
  async state(): Promise<VaultState> {
    return this.#standing({ type: "state" });
  }

  /**
   * Signs this device in with a one-time link, or the token behind its `#`.
   * `deviceName` is what the account's list of devices shows.
   *
   * @throws LockstepError `link_invalid`, `offline`
   */
  async signIn(link: string, deviceName = "Browser"): Promise<VaultState> {
    return this.#standing({ type: "sign_in", link, device_name: deviceName });
  }

  /**
   * Signs out and forgets everything on this device. With `"keep"` it refuses
   * while there are changes that the server does not have; with `"discard"`
   * it loses them.
   */
  async signOut(unsent: "keep" | "discard" = "keep"): Promise<VaultState> {
    this.#ending = true;
    try {
      const state = await this.#standing({ type: "sign_out", unsent });
      this.#host.stop("stopped");
      return state;
    } finally {
      this.#ending = false;
    }
  }

  /**
   * Makes the account's vault, sealed with a passphrase that nobody can reset,
   * and opens it.
   *
   * @throws LockstepError `vault_exists`, `passphrase_too_short`, `offline`
   */
  async createVault(passphrase: string): Promise<VaultState> {
    return this.#standing({ type: "create_vault", passphrase });
  }

  /**
   * Opens the vault.
   *
   * @throws LockstepError `cannot_unlock`
   */
  async unlock(passphrase: string): Promise<VaultState> {
    return this.#standing({ type: "unlock", passphrase });
  }

  /**
   * Forgets every key and everything readable: the worker that held them is
   * ended, also if it does not answer. Calls on their way are rejected with
   * `stopped`. With `"vault"` every other device of the vault is locked too,
   * as soon as it next hears of the server.
   */
  async lock(tier?: LockTier): Promise<VaultState> {
    if (!this.#host.running && tier !== "vault") return this.state();
    const command: Command = tier === undefined ? { type: "lock" } : { type: "lock", tier };
    this.#ending = true;
    let state: VaultState | undefined;
    try {
      state = await Promise.race([this.#standing(command), after(LOCK_GRACE_MS)]);
    } catch {
      // Whatever it was, ending the worker is what locks.
    } finally {
      this.#host.stop("stopped");
      this.#ending = false;
    }
    return state ?? this.state();
  }

  /** Writes new records. They are on this disk when the promise is fulfilled. */
  async put(records: NewRecord[]): Promise<ListItem[]> {
    return (await this.#call({ type: "put", records })) as ListItem[];
  }

  /**
   * Writes a new revision of a record.
   *
   * @throws LockstepError `unknown_record`, `storage_full`
   */
  async save(id: string, patch: RecordPatch): Promise<ListItem> {
    return first(await this.#call({ ...patch, type: "save", id }));
  }

  /** Deletes a record. */
  async remove(id: string): Promise<ListItem> {
    return first(await this.#call({ type: "remove", id }));
  }

  /** Brings back a record that was just deleted. */
  async restore(id: string): Promise<ListItem> {
    return first(await this.#call({ type: "restore", id }));
  }

  /**
   * Reads a record whole.
   *
   * @throws LockstepError `unknown_record`, `cannot_open`
   */
  async get(id: string): Promise<RecordView> {
    return (await this.#call({ type: "open", id })) as RecordView;
  }

  /** A stretch of the list of records, newest change first. */
  async list(options: ListOptions): Promise<ListPage> {
    return (await this.#call({ ...options, type: "list" })) as ListPage;
  }

  /** Searches titles, tags and texts; the last word may be unfinished. */
  async search(query: string, options: SearchOptions = {}): Promise<SearchPage> {
    return (await this.#call({ limit: HITS, ...options, type: "search", query })) as SearchPage;
  }

  /**
   * Takes over a batch of Markdown files, at most 1,000. Their bytes move into
   * the vault: the arrays given here are empty afterwards.
   */
  async importFiles(files: ImportFile[]): Promise<ImportOutcome[]> {
    const buffers = new Set<Transferable>();
    for (const { bytes } of files) {
      if (bytes.buffer instanceof ArrayBuffer) buffers.add(bytes.buffer);
    }
    return (await this.#call({ type: "import", files }, [...buffers])) as ImportOutcome[];
  }

  /** Talks to the server now, and tells how things stand afterwards. */
  async sync(): Promise<SyncStatus> {
    return (await this.#call({ type: "sync" })) as SyncStatus;
  }

  /**
   * Follows the server's history from its beginning, and sends it whatever of
   * this device it does not hold. The owner's choice, when a status says
   * `needs_choice`: the server was restored from a backup, or lies. Nothing is
   * deleted. Settles once it has begun; `sync()` tells how it goes on.
   *
   * @throws LockstepError `misuse` if nothing asks for it
   */
  async rejoin(): Promise<void> {
    await this.#call({ type: "rejoin" });
  }

  /** How things stand with the server. */
  async syncStatus(): Promise<SyncStatus> {
    return (await this.#call({ type: "sync_status" })) as SyncStatus;
  }

  /** Makes a one-time link that signs another device in. */
  async createLink(): Promise<SignInLink> {
    return (await this.#call({ type: "create_link" })) as SignInLink;
  }

  /** The account's devices. */
  async devices(): Promise<DeviceView[]> {
    return (await this.#call({ type: "devices" })) as DeviceView[];
  }

  /**
   * Gives one of the account's devices another name.
   *
   * @throws LockstepError `unknown_device`, `malformed` for a name without
   *   anything to see, `limit_exceeded`
   */
  async renameDevice(id: string, name: string): Promise<void> {
    await this.#call({ type: "rename_device", id, name });
  }

  /**
   * Signs one of the account's devices out, at once, and closes every open
   * sign-in link. What that device holds stays on it, locked.
   *
   * @throws LockstepError `unknown_device`
   */
  async revokeDevice(id: string): Promise<void> {
    await this.#call({ type: "revoke_device", id });
  }

  /** The account's keys for programs. */
  async apiKeys(): Promise<ApiKeyView[]> {
    return (await this.#call({ type: "api_keys" })) as ApiKeyView[];
  }

  /**
   * Makes a key for a program, which may send and fetch operations with it and
   * nothing else. Its token is given this once.
   *
   * @throws LockstepError `too_many_api_keys`, `malformed`, `limit_exceeded`
   */
  async createApiKey(name: string): Promise<NewApiKey> {
    return (await this.#call({ type: "create_api_key", name })) as NewApiKey;
  }

  /**
   * Ends a key for programs.
   *
   * @throws LockstepError `unknown_api_key`
   */
  async revokeApiKey(id: string): Promise<void> {
    await this.#call({ type: "revoke_api_key", id });
  }

  /** The person did something: the time until the vault locks starts again. */
  activity(): void {
    if (!this.#host.running || performance.now() - this.#activeAtMs < ACTIVITY_EVERY_MS) return;
    this.#activeAtMs = performance.now();
    this.#tell({ type: "activity" });
  }

  /**
   * The page came to the front or went to the back. `form`, once said, decides
   * how soon the background locks: at once on a phone, after a minute on a
   * desktop, unless the settings say otherwise.
   */
  visibility(visible: boolean, form?: FormFactor): void {
    this.#visible = visible;
    this.#form = form ?? this.#form;
    if (this.#host.running) this.#tell(this.#visibilityCommand());
  }

  /**
   * When this device locks by itself.
   *
   * @throws LockstepError `locked`
   */
  async lockSettings(): Promise<LockSettingsView> {
    return (await this.#call({ type: "lock_settings" })) as LockSettingsView;
  }

  /**
   * Changes when this device locks by itself.
   *
   * @throws LockstepError `limit_exceeded`
   */
  async setLockSettings(settings: LockSettings): Promise<LockSettingsView> {
    return (await this.#call({ ...settings, type: "set_lock_settings" })) as LockSettingsView;
  }

  /**
   * Takes a token that keeps the vault from locking for idleness or in the
   * background, as during a focus session, or gives it back. It runs out after
   * twelve hours.
   */
  async keepAwake(token: string, on: boolean): Promise<void> {
    await this.#call({ type: "keep_awake", token, on });
  }

  /**
   * Keeps typing that is not saved, sealed on this device, and gives the id of
   * the draft. To be called at the latest when the notice `locking` comes.
   *
   * @throws LockstepError `locked`, `stopped`, `storage_full`: it was not kept.
   */
  async keepDraft(draft: DraftInput): Promise<string> {
    return ((await this.#call({ ...draft, type: "keep_draft" })) as { id: string }).id;
  }

  /** The drafts on this device, latest first. */
  async drafts(): Promise<DraftView[]> {
    return ((await this.#call({ type: "drafts" })) as { drafts: DraftView[] }).drafts;
  }

  /** Forgets a draft. A save of its record does so too. */
  async discardDraft(id: string): Promise<void> {
    await this.#call({ type: "discard_draft", id });
  }

  /** Hears every notice from now on; what comes back ends that. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Fulfilled once the worker owes no answer. A page that is about to leave
   * waits for this, so that a command which locks on its way, such as signing
   * out, comes to its end.
   */
  idle(): Promise<void> {
    return this.#host.idle();
  }

  /** Ends the worker and lets other tabs open the vault. */
  close(): void {
    this.#finish("stopped");
    this.#listeners.clear();
  }

  async #call(command: Command, transfer: Transferable[] = []): Promise<unknown> {
    if (this.#over !== undefined) throw failure(this.#over);
    const fresh = this.#form !== undefined && !this.#host.running;
    const hidden = !this.#visible && !this.#host.running;
    const reply = this.#host.call(command, transfer);
    if (hidden || fresh) this.#tell(this.#visibilityCommand());
    return reply;
  }

  #visibilityCommand(): Command {
    const command = { type: "visibility", visible: this.#visible } as const;
    return this.#form === undefined ? command : { ...command, form: this.#form };
  }

  async #standing(command: Command): Promise<VaultState> {
    const state = (await this.#call(command)) as VaultState;
    this.#phase = state.phase;
    return state;
  }

  /** For what nobody waits for: a worker that is gone need not hear it. */
  #tell(command: Command): void {
    this.#host.call(command).catch(() => undefined);
  }

  #hear(notice: VaultNotice): void {
    if (notice.type === "state") {
      const opened = this.#phase === "unlocked";
      this.#phase = notice.phase;
      // It locked by itself. Ending the worker is the wipe that counts.
      if (opened && notice.phase !== "unlocked" && !this.#ending) this.#host.stop("stopped");
    }
    for (const listener of [...this.#listeners]) listener(notice);
  }

  #takenOver(): void {
    if (this.#over !== undefined) return;
    this.#finish("open_elsewhere");
    this.#hear({ type: "taken_over" });
  }

  #finish(code: PageCode): void {
    this.#over = code;
    this.#host.stop(code);
    this.#release?.();
    this.#release = undefined;
  }
}

function first(reply: unknown): ListItem {
  const [item] = reply as ListItem[];
  if (item === undefined) throw failure("internal");
  return item;
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
