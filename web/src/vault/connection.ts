/**
 * The page's one connection to the vault: which stage it is at, and what to
 * forget when it locks. Everything readable that a module keeps outside of
 * the document is dropped through {@link onForget}.
 */

import { batch, computed, signal } from "@preact/signals";
import type { Notice, Progress, SyncStatus, VaultState } from "@lockstep/vault";
import { Lockstep } from "@lockstep/vault";
import type { Mover } from "../fresh-process.ts";
import { announceArrival, canMove, move, onFollow } from "../fresh-process.ts";
import { codeOf, isInterruption, sentenceOf } from "./errors.ts";

/** What the app is able to show. */
export type Stage =
  | { is: "starting" }
  /** Another tab holds the vault, from the start or since just now. */
  | { is: "elsewhere" }
  /** The vault does not start at all. */
  | { is: "failed"; sentence: string }
  | { is: "open"; state: VaultState };

/** What the app is able to show. */
export const stage = signal<Stage>({ is: "starting" });
/** How things stand with the server. */
export const syncStatus = signal<SyncStatus | null>(null);
/**
 * How far an unlock has come: while the key is derived the place for the notes
 * is made ready; what the list begins with is shown while the rest is read.
 */
export type Opening = "no" | "deriving" | "reading";

/** How far an unlock has come. */
export const opening = signal<Opening>("no");
/** What went wrong last, for the one alert of the page. */
export const alertText = signal<string | null>(null);

type Listener = (notice: Notice) => void;

/** How long a page that leaves may take to be gone, in milliseconds. */
const LEAVING_LIMIT_MS = 10_000;

let connection: Lockstep | null = null;
let leaving = false;
const listeners = new Set<Listener>();
const forgetters = new Set<() => void>();

/** The vault. Only screens behind an open connection may ask for it. */
export function vault(): Lockstep {
  if (!connection) throw new Error("the vault is not connected");
  return connection;
}

/** Hears what the vault tells without having been asked. */
export function onNotice(listener: Listener): void {
  listeners.add(listener);
}

/** Is called whenever the vault is no longer unlocked. */
export function onForget(forget: () => void): void {
  forgetters.add(forget);
}

/** Changes when the vault opens and closes, not with everything told of it. */
const unlocked = computed(() => stage.value.is === "open" && answers(stage.value.state));

/** Whether the vault is unlocked, and answers for its records. */
export function isUnlocked(): boolean {
  return unlocked.value;
}

/** Opened with a recovery code, it waits for a new passphrase first. */
function answers(state: VaultState): boolean {
  return state.phase === "unlocked" && !state.must_set_passphrase;
}

/** How to get hold of the vault. */
export type Hold = "if_free" | "take_over";

/** Connects, and shows where the vault stands. */
export async function connect(hold: Hold = "if_free"): Promise<void> {
  stage.value = { is: "starting" };
  try {
    connection = await (hold === "take_over" ? Lockstep.takeOver() : Lockstep.open());
    connection.on(hear);
    settle(await connection.state());
  } catch (error) {
    if (codeOf(error) === "open_elsewhere") stage.value = { is: "elsewhere" };
    else stage.value = { is: "failed", sentence: sentenceOf(error) };
  }
  announceArrival();
}

/** Moves along when another tab has closed the vault. */
export function followOtherTabs(): void {
  onFollow(() => {
    if (connection === null) void leave("follows", stage.value);
  });
}

/**
 * Shows where the vault stands. Unless it is unlocked, everything readable is
 * forgotten; if it was until now, the page also leaves its process.
 */
export function settle(state: VaultState): void {
  if (leaving) return;
  const closes = isUnlocked() && state.phase !== "unlocked";
  if (state.phase !== "unlocked") forgetAll();
  if (closes) {
    void leave("closes_vault", { is: "open", state });
    return;
  }
  const opens = answers(state) && !isUnlocked();
  stage.value = { is: "open", state };
  if (opens) void askSyncStatus();
}

/** Puts an error where the person sees it, unless the vault was just locked. */
export function report(error: unknown): void {
  if (isInterruption(error)) return;
  alertText.value = sentenceOf(error);
}

function hear(notice: Notice | { type: "taken_over" } | { type: "stopped" }): void {
  switch (notice.type) {
    case "state":
      settle(notice);
      break;
    case "sync":
      syncStatus.value = notice;
      break;
    case "taken_over":
      takenOver();
      return;
    case "stopped":
      void returnAfterStop();
      return;
    case "reseal":
      showReseal(notice);
      break;
    case "recovery_used":
      void showStanding();
      break;
    case "newest":
      if (opening.value !== "deriving") return;
      break;
    case "records":
    case "uploaded":
    case "search_ready":
    case "locking":
      break;
  }
  for (const listener of listeners) listener(notice);
  if (notice.type === "newest") opening.value = "reading";
}

/** Opens the vault with its passphrase, and shows what there is on the way. */
export async function unlock(passphrase: string): Promise<void> {
  opening.value = "deriving";
  try {
    settle(await vault().unlock(passphrase));
  } finally {
    if (!isUnlocked()) forgetAll();
    opening.value = "no";
  }
}

/** Another tab has the vault now. */
function takenOver(): void {
  const closes = isUnlocked();
  forgetAll();
  connection = null;
  if (leaving) return;
  if (closes) void leave("follows", { is: "elsewhere" });
  else stage.value = { is: "elsewhere" };
}

/**
 * Goes to a fresh process. Where that is not to be had, because neither the
 * network nor the service worker has the app, the page stays and shows
 * `otherwise`: keys and words are dropped all the same.
 */
async function leave(mover: Mover, otherwise: Stage): Promise<void> {
  if (leaving) return;
  leaving = true;
  stage.value = { is: "starting" };
  const busy = connection?.idle();
  if (await canMove()) {
    await Promise.race([busy, after(LEAVING_LIMIT_MS)]);
    // Gives the vault's lock back, so that the next page need not wait for it.
    connection?.close();
    connection = null;
    move(mover);
    await after(LEAVING_LIMIT_MS);
    leaving = false;
    await connect();
    return;
  }
  leaving = false;
  const vaultIsHere = connection !== null;
  stage.value = vaultIsHere || otherwise.is !== "open" ? otherwise : { is: "elsewhere" };
  // A sign-out may have come further meanwhile.
  if (vaultIsHere) await showStanding();
}

/** How far sealing anew has come; at its end there is nothing more to show. */
function showReseal({ done, total }: Progress): void {
  const now = stage.value;
  if (now.is !== "open") return;
  const reseal = done < total ? { done, total } : null;
  stage.value = { is: "open", state: { ...now.state, reseal } };
}

/** The worker ended without being asked: whatever it held is locked now. */
async function returnAfterStop(): Promise<void> {
  if (!isUnlocked()) return;
  forgetAll();
  await showStanding();
}

async function showStanding(): Promise<void> {
  try {
    settle(await vault().state());
  } catch (error) {
    stage.value = { is: "failed", sentence: sentenceOf(error) };
  }
}

function forgetAll(): void {
  batch(() => {
    syncStatus.value = null;
    alertText.value = null;
    for (const forget of forgetters) forget();
  });
  document.title = "Lockstep";
}

async function askSyncStatus(): Promise<void> {
  try {
    syncStatus.value = await vault().syncStatus();
  } catch (error) {
    report(error);
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
