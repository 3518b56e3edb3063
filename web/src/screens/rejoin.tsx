/** What a person decides when the server shows another history than before. */

import type { SyncStatus } from "@lockstep/vault";
import { Dialog } from "../ui/dialog.tsx";
import { report, syncStatus, vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";
import { FormError } from "./gate.tsx";

const REWRITTEN =
  "A server does this when it was restored from a backup, or when someone changed its data. Ask whoever runs it before you follow it again.";

/** What may be behind it, and what to do about it. */
const ADVICE: Record<string, string> = {
  server_reset:
    "If whoever runs the server restored a backup or set it up anew, follow it again: this device then sends whatever the server has lost. Otherwise wait, and tell them.",
  history_rewritten: REWRITTEN,
  history_forked:
    "An honest server never does this. It hides some of your devices' changes from others, or was restored from a backup. Ask whoever runs it before you follow it again.",
  record_rolled_back:
    "An honest server never does this. Ask whoever runs it before you follow it again.",
};

/** What happened and what can be done, where only the owner can say. */
export function Choice({ status, onAsk }: { status: SyncStatus; onAsk: () => void }) {
  if (!status.needs_choice) return null;
  return (
    <div class="notice" role="group" aria-label="Your decision">
      <p>{ADVICE[status.code ?? ""] ?? REWRITTEN}</p>
      <p>Until then nothing is sent or fetched. Your notes work here as before.</p>
      <button type="button" class="button wide" onClick={onAsk}>
        Follow the server again…
      </button>
    </div>
  );
}

/** Asks once more. It stands outside of the details, which it closes. */
export function ConfirmRejoin({ onClose }: { onClose: () => void }) {
  const { working, error, run } = useWork();
  return (
    <Dialog heading="Follow the server again?" onDismiss={onClose}>
      <p>
        This device takes the server’s history as it is now, and sends every note, edit and deletion
        that the server does not have. <strong>Nothing on this device is deleted.</strong>
      </p>
      <p>Do the same on your other devices, so that nothing that only they hold is missing.</p>
      <FormError text={error} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Keep waiting
        </button>
        <button
          type="button"
          class="button primary"
          aria-disabled={working}
          onClick={() =>
            run(async () => {
              await vault().rejoin();
              vault()
                .sync()
                .then((now) => (syncStatus.value = now), report);
              onClose();
            })
          }
        >
          {working ? "Beginning…" : "Follow it and send everything"}
        </button>
      </div>
    </Dialog>
  );
}
