/** Opening the vault. */

import { useEffect, useRef, useState } from "preact/hooks";
import { PassphraseField } from "../ui/passphrase-field.tsx";
import { report, settle, vault } from "../vault/connection.ts";
import { sentenceOf } from "../vault/errors.ts";
import { FormError, Gate } from "./gate.tsx";
import { SignOutButton } from "./sign-out.tsx";

/** Asks for the passphrase. */
export function Unlock() {
  const [passphrase, setPassphrase] = useState("");
  const [shown, setShown] = useState(false);
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const typing = passphrase !== "";
  // Locking ended the worker. The next one, which knows nothing yet, starts
  // while the passphrase is being typed.
  useEffect(() => {
    if (typing) vault().state().catch(report);
  }, [typing]);

  async function unlock(): Promise<void> {
    if (working) return;
    if (passphrase === "") {
      setError("Type your passphrase.");
      return;
    }
    setWorking(true);
    setError(null);
    try {
      settle(await vault().unlock(passphrase));
    } catch (failure) {
      setError(sentenceOf(failure));
      setWorking(false);
      form.current?.querySelector<HTMLInputElement>("input:not([hidden])")?.select();
    }
  }

  return (
    <Gate heading="Unlock" lead="Your notes are sealed on this device until you say the word.">
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void unlock();
        }}
      >
        <input type="text" name="username" autocomplete="username" value="Lockstep" hidden />
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
      <p class="gate-foot hint">
        Not yours, or the passphrase is lost? <SignOutButton class="link-button" />
      </p>
    </Gate>
  );
}
