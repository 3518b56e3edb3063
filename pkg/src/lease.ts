/** Which tab runs the vault: a Web Lock says. */

import { failure } from "./error.js";

/** Whether to leave the vault to the tab that has it, or to take it away. */
export type Claim = "if_free" | "steal";

/** Gives the lock back. */
export type Release = () => void;

/**
 * How long a lock may take to become free: that of a page that was just
 * reloaded, or of a vault that was just closed, is given back a moment later.
 */
const GRACE_MS = 500;

/**
 * Takes the lock of the vault in that database. `lost` is called when another
 * tab steals it later.
 *
 * @throws LockstepError `open_elsewhere` if another tab holds it,
 *   `unsupported` if the browser has no Web Locks here.
 */
export function claim(name: string, how: Claim, lost: () => void): Promise<Release> {
  // Browsers have it in secure contexts only.
  const locks = (navigator as { locks?: LockManager }).locks;
  if (locks === undefined) return Promise.reject(failure("unsupported"));
  return new Promise((resolve, reject) => {
    const options = how === "steal" ? { steal: true } : { signal: AbortSignal.timeout(GRACE_MS) };
    let held = false;
    locks
      .request(`lockstep:${name}`, options, () => {
        held = true;
        return new Promise<void>((release) => resolve(release));
      })
      .catch((error: unknown) => {
        if (held) lost();
        else reject(failure(isTimeout(error) ? "open_elsewhere" : "unsupported"));
      });
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
