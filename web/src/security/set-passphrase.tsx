/** A new passphrase, due after a recovery code opened the vault. */

import { useState } from "preact/hooks";
import { FormError, Gate } from "../screens/gate.tsx";
import { LockButton } from "../screens/lock-button.tsx";
import { vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";
import { showFreshCodes } from "./fresh-codes.tsx";
import { ManagerName, NewPassphrase, NOTHING_TYPED, whyNotYet } from "./new-passphrase.tsx";

/** Asks for it; nothing else is to be had before. */
export function SetPassphrase() {
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const { working, error, run, refuse } = useWork();

  function set(): void {
    const reason = whyNotYet(typed);
    if (reason !== null) refuse(reason);
    else
      run(async () => {
        const codes = await vault().keys.setPassphrase(typed.passphrase);
        showFreshCodes(codes);
      });
  }

  return (
    <Gate
      heading="Choose a new passphrase"
      lead="The code opened your vault and is used up. The vault key is renewed at the same time, and the other codes with it."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          set();
        }}
      >
        <ManagerName />
        <NewPassphrase typed={typed} onTyped={setTyped} faulty={error !== null} autoFocus />
        <FormError text={error} />
        <button type="submit" class="button primary wide" aria-disabled={working}>
          {working ? "Renewing the key…" : "Set passphrase"}
        </button>
      </form>
      <div class="gate-ways">
        <LockButton />
      </div>
    </Gate>
  );
}
