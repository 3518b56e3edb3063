/** Why the vault locked, as a person says it. */

import type { LockView } from "@lockstep/vault";
import { ago } from "../ui/times.ts";

/** Why it locked; `null` where that needs no words. */
export function lockWords(lock: LockView | null, nowMs: number): string | null {
  if (lock === null) return null;
  const when = ago(lock.at_ms, nowMs);
  switch (lock.reason) {
    case "idle":
      return `Locked ${when}, since nobody used it.`;
    case "background":
      return `Locked ${when}, since the app was in the background.`;
    case "session_expired":
      return `Locked ${when}, since the sign-in on this device ended.`;
    case "revoked":
      return `Locked ${when}: another of your devices signed this one out. What is saved here stays. To go on, unlock and sign in with a new link; or sign out to remove it.`;
    case "administrator":
      return lock.lifted_by === "administrator"
        ? `Locked ${when} by whoever runs the server, and only they can lift it.`
        : `Locked ${when} by whoever runs the server.`;
    case "key_rotated":
      return `The vault key was renewed ${when}. Unlock once more to go on with the new one.`;
    case "logout":
      return `Locked ${when}: you signed out everywhere.`;
    default:
      return lock.by === "other_device"
        ? `Locked ${when} from ${lock.device_name ?? "another device"}.`
        : null;
  }
}
