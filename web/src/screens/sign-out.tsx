/** Signing out, which never loses unsent work without being told to. */

import { useState } from "preact/hooks";
import { flushAll } from "../notes/desk.ts";
import { go } from "../place.ts";
import { Dialog } from "../ui/dialog.tsx";
import { countText } from "../ui/times.ts";
import { settle, syncStatus, vault } from "../vault/connection.ts";
import { sentenceOf } from "../vault/errors.ts";
import { FormError } from "./gate.tsx";

/** The word that a person types to throw unsent work away. */
const WORD = "discard";

/** The section. */
export function SignOut() {
  const [asking, setAsking] = useState(false);
  return (
    <section aria-labelledby="sign-out">
      <h2 id="sign-out">Sign out</h2>
      <p>Takes the vault off this device. What is on the server stays there.</p>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        Sign out…
      </button>
      {asking && <Confirm onClose={() => setAsking(false)} />}
    </section>
  );
}

function Confirm({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const unsent = syncStatus.value?.unsent ?? 0;
  const blocked = unsent > 0 && typed.trim().toLowerCase() !== WORD;

  async function signOut(): Promise<void> {
    setWorking(true);
    setError(null);
    try {
      await flushAll();
      const state = await vault().signOut(unsent > 0 ? "discard" : "keep");
      go({ at: "start" }, "replace");
      settle(state);
    } catch (failure) {
      setError(sentenceOf(failure));
      setWorking(false);
    }
  }

  return (
    <Dialog heading="Sign out of this device?" onDismiss={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!blocked && !working) void signOut();
        }}
      >
        {unsent === 0 ? (
          <p>To come back you need a new sign-in link and your passphrase.</p>
        ) : (
          <>
            <p class="notice">
              <strong>{countText(unsent, "change is", "changes are")} only on this device.</strong>{" "}
              Signing out now loses {unsent === 1 ? "it" : "them"} for good. Go online and wait for
              “Synced” to keep everything.
            </p>
            <div class="field">
              <label for="discard-word">Type “{WORD}” to lose unsent changes</label>
              <input
                id="discard-word"
                type="text"
                autocomplete="off"
                autocapitalize="off"
                value={typed}
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            </div>
          </>
        )}
        <FormError text={error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Stay
          </button>
          <button type="submit" class="button danger" aria-disabled={blocked || working}>
            Sign out
          </button>
        </div>
      </form>
    </Dialog>
  );
}
