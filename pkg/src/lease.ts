/** Which tab runs the vault: a Web Lock says. */

import { failure } from "./error.js";

/** Whether to wait for nobody, or to take the vault from another tab. */
export type Claim = "if_free" | "steal";

/** Gives the lock back. */
export type Release = () => void;

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
    const options = how === "steal" ? { steal: true } : { ifAvailable: true };
    let held = false;
    locks
      .request(`lockstep:${name}`, options, (lock) => {
        if (lock === null) {
          reject(failure("open_elsewhere"));
          return undefined;
        }
        held = true;
        return new Promise<void>((release) => resolve(release));
      })
      .catch(() => {
        if (held) lost();
        else reject(failure("unsupported"));
      });
  });
}
