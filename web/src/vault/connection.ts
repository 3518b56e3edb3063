/**
 * The page's one connection to the vault: which stage it is at, and what to
 * forget when it locks. Everything readable that a module keeps outside of
 * the document is dropped through {@link onForget}.
 */

import { batch, signal } from "@preact/signals";
import type { Notice, SyncStatus, VaultState } from "@lockstep/vault";
import { Lockstep } from "@lockstep/vault";
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
/** What went wrong last, for the one alert of the page. */
export const alertText = signal<string | null>(null);

type Listener = (notice: Notice) => void;

let connection: Lockstep | null = null;
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

/** Whether the vault is unlocked. */
export function isUnlocked(): boolean {
  return stage.value.is === "open" && stage.value.state.phase === "unlocked";
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
}

/** Shows where the vault stands; forgets everything readable unless unlocked. */
export function settle(state: VaultState): void {
  if (state.phase !== "unlocked") forgetAll();
  stage.value = { is: "open", state };
  if (state.phase === "unlocked") void askSyncStatus();
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
      forgetAll();
      connection = null;
      stage.value = { is: "elsewhere" };
      return;
    case "stopped":
      void returnAfterStop();
      return;
    case "records":
    case "uploaded":
    case "search_ready":
      break;
  }
  for (const listener of listeners) listener(notice);
}

/** The worker ended without being asked: whatever it held is locked now. */
async function returnAfterStop(): Promise<void> {
  if (!isUnlocked()) return;
  forgetAll();
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
