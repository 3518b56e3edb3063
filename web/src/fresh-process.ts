/**
 * Takes the page into a fresh process when the vault has closed, and the
 * browser's other tabs of the app with it, since they may share that process.
 * Why and how: `doors.ts`.
 */

import { behindLocked, cameByLocked, LOCKED_PATH, otherDoor } from "./doors.ts";

/** Said in this browser, to every page of the app. */
type Word =
  /**
   * A page has arrived. Nobody listens for the word itself: a page that the
   * browser has put aside, to go back to, is thrown away for having missed it.
   */
  | "arrived"
  /** The vault has closed and its page has arrived: others move as well. */
  | "follow";

/** Marks a tab that is on its way because its vault has closed. */
const MARK = "lockstep-closing";
/** How long a server may take to say that it is there, in milliseconds. */
const PROBE_LIMIT_MS = 2_000;

const loadedFrom = location.pathname;
const channel = new BroadcastChannel("lockstep-page");

// Before anything reads the address.
if (cameByLocked(loadedFrom)) {
  history.replaceState(null, "", behindLocked(location.hash));
}

/** Hears that this page must move, because another tab has closed the vault. */
export function onFollow(move: () => void): void {
  channel.addEventListener("message", ({ data }: MessageEvent<Word>) => {
    if (data === "follow") move();
  });
}

/** Tells the others of this page. Call it once it has its place. */
export function announceArrival(): void {
  say("arrived");
  if (sessionStorage.getItem(MARK) === null) return;
  sessionStorage.removeItem(MARK);
  say("follow");
}

/** Whether the move would end at a page of the app and not at an error. */
export async function canMove(): Promise<boolean> {
  if ("serviceWorker" in navigator && navigator.serviceWorker.controller) {
    const kept = cameByLocked(loadedFrom) ? "/index.html" : LOCKED_PATH;
    if (await caches.match(kept).catch(() => undefined)) return true;
  }
  try {
    const request = { method: "HEAD", signal: AbortSignal.timeout(PROBE_LIMIT_MS) };
    return (await fetch(LOCKED_PATH, request)).ok;
  } catch {
    return false;
  }
}

/** Who moves first, and who comes after. */
export type Mover = "closes_vault" | "follows";

/** Goes. The page ends; the step does not stand in the browser's history. */
export function move(mover: Mover): void {
  if (mover === "closes_vault") sessionStorage.setItem(MARK, "1");
  location.replace(otherDoor(loadedFrom, location.pathname));
}

function say(word: Word): void {
  channel.postMessage(word);
}
