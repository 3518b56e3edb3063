/** Throwing the vault away, for somebody who cannot open it any more. */

import { useState } from "preact/hooks";
import { FormError } from "../screens/gate.tsx";
import { RenewSession } from "../screens/renew-session.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { settle, vault } from "../vault/connection.ts";
import { codeOf } from "../vault/errors.ts";
import { useWork } from "../vault/work.ts";

/** What a person types, word by word as the vault wants to hear it. */
const WORDS = "delete everything";

/** The button, and what it asks. */
export function ResetButton(props: { class: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class={props.class} onClick={() => setAsking(true)}>
        Reset the vault…
      </button>
      {asking && <Confirm onClose={() => setAsking(false)} />}
    </>
  );
}

function Confirm({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [stale, setStale] = useState(false);
  const { working, error, run } = useWork();
  const ready = typed.trim().toLowerCase() === WORDS && !working;
  return (
    <Dialog heading="Reset the vault?" onDismiss={onClose}>
      <p class="notice">
        <strong>Every note is destroyed, on the server too.</strong> Nobody can bring them back. It
        is the last way out if passphrase and recovery codes are all lost.
      </p>
      {stale && (
        <>
          <p>
            To show that it is you, sign in again with a new link. Then press the button once more.
          </p>
          <RenewSession />
        </>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          run(
            async () => settle(await vault().keys.resetVault(WORDS)),
            (failure) => setStale(codeOf(failure) === "sign_in_again"),
          );
        }}
      >
        <div class="field">
          <label for="reset-words">Type “{WORDS}”</label>
          <input
            id="reset-words"
            type="text"
            autocomplete="off"
            autocapitalize="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </div>
        <FormError text={error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Keep the vault
          </button>
          <button type="submit" class="button danger" aria-disabled={!ready}>
            {working ? "Destroying…" : "Reset the vault"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
