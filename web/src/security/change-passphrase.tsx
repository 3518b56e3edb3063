/** Another passphrase for the same vault. */

import { useState } from "preact/hooks";
import { FormError } from "../screens/gate.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { PassphraseField } from "../ui/passphrase-field.tsx";
import { showToast } from "../ui/toasts.ts";
import { settle, vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";
import { ManagerName, NewPassphrase, NOTHING_TYPED, whyNotYet } from "./new-passphrase.tsx";

/** The dialog. */
export function ChangePassphrase({ onClose }: { onClose: () => void }) {
  const [current, setCurrent] = useState("");
  const [shown, setShown] = useState(false);
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const { working, error, run, refuse } = useWork();

  function change(): void {
    const reason = current === "" ? "Type the present passphrase first." : whyNotYet(typed);
    if (reason !== null) refuse(reason);
    else
      run(async () => {
        settle(await vault().keys.changePassphrase(current, typed.passphrase));
        showToast({ text: "The passphrase is changed" });
        onClose();
      });
  }

  const close = (): void => {
    if (!working) onClose();
  };
  return (
    <Dialog heading="Change the passphrase" onDismiss={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change();
        }}
      >
        <p>
          Every device asks for the new one from the next unlock on. Recovery codes stay as they
          are.
        </p>
        <ManagerName />
        <PassphraseField
          label="Present passphrase"
          value={current}
          onValue={setCurrent}
          autocomplete="current-password"
          shown={shown}
          onShown={setShown}
          autoFocus
        />
        <NewPassphrase
          label="New passphrase"
          typed={typed}
          onTyped={setTyped}
          faulty={error !== null}
        />
        <FormError text={error} />
        <div class="dialog-actions">
          <button type="button" class="button" aria-disabled={working} onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary" aria-disabled={working}>
            {working ? "Changing…" : "Change passphrase"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
