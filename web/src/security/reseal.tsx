/** How far sealing anew has come. */

import { stage } from "../vault/connection.ts";

/** A progress bar, while notes are sealed under a new key. */
export function Reseal() {
  const now = stage.value;
  const reseal = now.is === "open" ? now.state.reseal : null;
  if (reseal === null) return null;
  return (
    <div class="reseal">
      <label for="reseal">
        Sealing notes anew: {reseal.done.toLocaleString()} of {reseal.total.toLocaleString()}
      </label>
      <progress id="reseal" value={reseal.done} max={Math.max(1, reseal.total)} />
      <p class="hint">It goes on by itself, also after a restart.</p>
    </div>
  );
}
