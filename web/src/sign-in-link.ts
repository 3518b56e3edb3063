/**
 * The one-time token of a sign-in link. It stands behind the `#`, so no
 * server log has it; this module takes it out of the address bar before
 * anything else runs, so the browser's history does not keep it either.
 */

import { SIGN_IN_PATH } from "./address.ts";

let token: string | null = null;

if (location.pathname === SIGN_IN_PATH && location.hash.length > 1) {
  token = location.hash.slice(1);
  history.replaceState(null, "", SIGN_IN_PATH);
}

/** The token of the link that opened the page, once. */
export function takeLinkToken(): string | null {
  const taken = token;
  token = null;
  return taken;
}
