/** Signing out, which never loses unsent work without being told to. */

import { useState } from "preact/hooks";
import { flushAll } from "../notes/desk.ts";
import { go } from "../place.ts";
import { Dialog } from "../ui/dialog.tsx";
import { countText } from "../ui/times.ts";
import { settle, syncStatus, vault } from "../vault/connection.ts";
import { codeOf, sentenceOf } from "../vault/errors.ts";
import { FormError } from "./gate.tsx";

/** The word that a person types to throw unsent work away. */
const WORD = "discard";

/** The section. */
export function SignOut() {
  return (
    <section aria-labelledby="sign-out">
      <h2 id="sign-out">Sign out</h2>
      <p>Takes the vault off this device. What is on the server stays there.</p>
      <SignOutButton class="button danger" />
    </section>
  );
}

/** The button, and what it asks. */
export function SignOutButton(props: { class: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class={props.class} onClick={() => setAsking(true)}>
        Sign out…
      </button>
      {asking && <Confirm onClose={() => setAsking(false)} />}
    </>
  );
}

function Confirm({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [working, setWorking] = useState(false);
  const [refused, setRefused] = useState(false);
  const unsent = syncStatus.value?.unsent ?? 0;
  const losing = refused || unsent > 0;
  const blocked = losing && typed.trim().toLowerCase() !== WORD;

  async function signOut(): Promise<void> {
    setWorking(true);
    setError(null);
    try {
      await flushAll();
      const state = await vault().signOut(losing ? "discard" : "keep");
      go({ at: "start" }, "replace");
      settle(state);
    } catch (failure) {
      if (codeOf(failure) === "unsent_work") setRefused(true);
      else setError(sentenceOf(failure));
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
        {!losing ? (
          <p>To come back you need a new sign-in link and your passphrase.</p>
        ) : (
          <>
            <p class="notice">
              <strong>
                {unsent > 0 ? countText(unsent, "change is", "changes are") : "Some changes are"}{" "}
                only on this device.
              </strong>{" "}
              Signing out now loses what is not sent, for good. To keep everything, unlock, go
              online and wait for “Synced”.
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
