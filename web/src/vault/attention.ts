/** Tells the vault that somebody is there, which puts off the idle lock. */

import { isUnlocked, onForget, vault } from "./connection.ts";

/** At most one such message in this time, in milliseconds. */
const ACTIVITY_EVERY_MS = 15_000;
/** What a person does to a page. */
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Begins to watch. */
export function watchAttention(): void {
  let toldMs = 0;
  onForget(() => {
    toldMs = 0;
  });
  const tell = (): void => {
    const nowMs = performance.now();
    if (!isUnlocked() || (toldMs > 0 && nowMs - toldMs < ACTIVITY_EVERY_MS)) return;
    toldMs = nowMs;
    vault().activity();
  };
  for (const sign of SIGNS) addEventListener(sign, tell, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => {
    if (isUnlocked()) vault().visibility(document.visibilityState === "visible");
  });
}
