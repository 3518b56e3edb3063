/** Making the vault. */

import { useState } from "preact/hooks";
import {
  ManagerName,
  NewPassphrase,
  NOTHING_TYPED,
  whyNotYet,
} from "../security/new-passphrase.tsx";
import { settle, vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";
import { FormError, Gate } from "./gate.tsx";

/** Asks for a new passphrase, twice. */
export function CreateVault() {
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const { working, error, run, refuse } = useWork();

  function create(): void {
    const reason = whyNotYet(typed);
    if (reason !== null) refuse(reason);
    else run(async () => settle(await vault().createVault(typed.passphrase)));
  }

  return (
    <Gate
      heading="Create your vault"
      lead="Everything you write is sealed on this device before it leaves. The server stores it and cannot read it."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <ManagerName />
        <NewPassphrase typed={typed} onTyped={setTyped} faulty={error !== null} autoFocus />
        <p class="notice">
          <strong>Nobody can reset it.</strong> If you lose this passphrase and have no recovery
          codes, your notes are lost too: not even whoever runs the server can bring them back.
        </p>
        <FormError text={error} />
        <button type="submit" class="button primary wide" aria-disabled={working}>
          {working ? "Creating…" : "Create vault"}
        </button>
      </form>
    </Gate>
  );
}
