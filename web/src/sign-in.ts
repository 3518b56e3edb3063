/** Signing this device in, for the first time or again. */

import { guessDeviceName } from "./screens/device-name.ts";
import { takeLinkToken } from "./sign-in-link.ts";
import { connect, report, settle, stage, vault } from "./vault/connection.ts";
import { codeOf } from "./vault/errors.ts";

/** Signs in with a link or its token. */
export async function signIn(link: string): Promise<void> {
  settle(await vault().signIn(link, guessDeviceName(navigator)));
}

/**
 * Starts the app. A link that was opened on a device that is signed in
 * already renews its session; one that was used up changes nothing there.
 */
export async function start(): Promise<void> {
  await connect();
  const { value: now } = stage;
  if (now.is !== "open" || now.state.phase === "signed_out") return;
  const token = takeLinkToken();
  if (token === null) return;
  try {
    await signIn(token);
  } catch (error) {
    if (codeOf(error) !== "link_invalid") report(error);
  }
}
