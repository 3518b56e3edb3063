/** A dialog that asks for the passphrase before something happens to the keys. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { FormError } from "../screens/gate.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { PassphraseField } from "../ui/passphrase-field.tsx";
import { useWork } from "../vault/work.ts";
import { ManagerName } from "./new-passphrase.tsx";

/** Asks for the passphrase, does the work, and closes once it is done. */
export function ConfirmPassphrase(props: {
  heading: string;
  children: ComponentChildren;
  /** The button's name, and the same while the work lasts. */
  action: { name: string; working: string };
  work: (passphrase: string) => Promise<void>;
  onClose: () => void;
}) {
  const [passphrase, setPassphrase] = useState("");
  const [shown, setShown] = useState(false);
  const { working, error, run, refuse } = useWork();
  const close = (): void => {
    if (!working) props.onClose();
  };
  return (
    <Dialog heading={props.heading} onDismiss={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (passphrase === "") refuse("Type your passphrase.");
          else
            run(async () => {
              await props.work(passphrase);
              props.onClose();
            });
        }}
      >
        {props.children}
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
        <div class="dialog-actions">
          <button type="button" class="button" aria-disabled={working} onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button primary" aria-disabled={working}>
            {working ? props.action.working : props.action.name}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
