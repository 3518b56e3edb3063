/**
 * The app has two doors, and a page that closes the vault goes out by one and
 * in by the other. The server serves them under headers (opener policy, agent
 * cluster) that keep their documents in different processes, in browsers that
 * isolate processes. So the process that held keys and words comes to its end,
 * with every copy that a script engine leaves behind in freed memory and that
 * nobody can wipe.
 *
 * A door is an address only while the page loads; then the address bar shows
 * again where the person was.
 */

import { parsePlace, pathOf } from "./address.ts";

/** The second door. The first is every other address of the app. */
export const LOCKED_PATH = "/locked";

/** Which door a page came in by, from the path that it was loaded from. */
export function cameByLocked(path: string): boolean {
  return path === LOCKED_PATH;
}

/** The address of the other door, which leads back to `here`. */
export function otherDoor(loadedFrom: string, here: string): string {
  return cameByLocked(loadedFrom) ? here : `${LOCKED_PATH}#${here}`;
}

/** Where a page that came in by {@link LOCKED_PATH} belongs. */
export function behindLocked(hash: string): string {
  return pathOf(parsePlace(hash.slice(1)));
}
