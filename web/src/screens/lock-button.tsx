/** The button that locks, and what it asks if something cannot be saved. */

import { useState } from "preact/hooks";
import { lockNow } from "../notes/desk.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";

/** Locks the vault; with text that cannot be saved it asks first. */
export function LockButton() {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button quiet tool lock-tool"
        onClick={() => void lockNow().then((locking) => setAsking(locking === "unsaved"))}
      >
        <Icon name="lock" />
        <span>Lock now</span>
      </button>
      {asking && (
        <Dialog heading="Some text is not saved" onDismiss={() => setAsking(false)}>
          <p>
            This device did not take the last changes, so they are in this window only. Locking
            closes the window on them.
          </p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setAsking(false)}>
              Stay
            </button>
            <button type="button" class="button danger" onClick={() => void lockNow("lose")}>
              Lock and lose them
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
