/** Opening the vault. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { VaultState } from "@lockstep/vault";
import { ManagerName } from "../security/new-passphrase.tsx";
import { ResetButton } from "../security/reset-vault.tsx";
import { UnlockWithCode } from "../security/unlock-with-code.tsx";
import { PassphraseField } from "../ui/passphrase-field.tsx";
import { report, unlock, vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";
import { FormError, Gate } from "./gate.tsx";
import { lockWords } from "./lock-words.ts";
import { SignOutButton } from "./sign-out.tsx";

/** How a person means to open the vault. */
type Way = "passphrase" | "code";

/** Asks for the passphrase, or for a recovery code. */
export function Unlock({ state }: { state: VaultState }) {
  const [way, setWay] = useState<Way>("passphrase");
  if (way === "code") return <UnlockWithCode onBack={() => setWay("passphrase")} />;
  return <UnlockWithPassphrase state={state} onCode={() => setWay("code")} />;
}

function UnlockWithPassphrase({ state, onCode }: { state: VaultState; onCode: () => void }) {
  const [passphrase, setPassphrase] = useState("");
  const [shown, setShown] = useState(false);
  const { working, error, run, refuse } = useWork();
  const form = useRef<HTMLFormElement>(null);
  const why = lockWords(state.lock, Date.now());
  const typing = passphrase !== "";
  // Locking ended the worker. The next one, which knows nothing yet, starts
  // while the passphrase is being typed.
  useEffect(() => {
    if (typing) vault().state().catch(report);
  }, [typing]);

  function submit(): void {
    if (passphrase === "") {
      refuse("Type your passphrase.");
      return;
    }
    run(
      () => unlock(passphrase),
      () => form.current?.querySelector<HTMLInputElement>("input:not([hidden])")?.select(),
    );
  }

  return (
    <Gate heading="Unlock" lead="Your notes are sealed on this device until you say the word.">
      {why !== null && (
        <p class="notice" role="status">
          {why}
        </p>
      )}
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <ManagerName />
        <PassphraseField
          label="Passphrase"
          value={passphrase}
          onValue={setPassphrase}
          autocomplete="current-password"
          shown={shown}
          onShown={setShown}
          invalid={error !== null}
          autoFocus
        />
        <FormError text={error} />
        <button type="submit" class="button primary wide" aria-disabled={working}>
          {working ? "Opening…" : "Unlock"}
        </button>
      </form>
      <div class="gate-ways">
        <button type="button" class="link-button" onClick={onCode}>
          Use a recovery code
        </button>
        <SignOutButton class="link-button" />
        <ResetButton class="link-button" />
      </div>
    </Gate>
  );
}
