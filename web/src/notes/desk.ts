/** What lies on the desk: the note that is open, and what can be done with it. */

import { effect, signal, untracked } from "@preact/signals";
import type { DraftView, Kind, ListItem, LockTier } from "@lockstep/vault";
import type { Place } from "../address.ts";
import { NO_NOTE } from "../address.ts";
import { go, place } from "../place.ts";
import { showToast } from "../ui/toasts.ts";
import { isUnlocked, onForget, onNotice, report, settle, vault } from "../vault/connection.ts";
import { codeOf } from "../vault/errors.ts";
import type { DraftStore } from "./draft.ts";
import { Draft } from "./draft.ts";
import {
  completeNewest,
  countSections,
  section,
  setQuery,
  showNewest,
  showSection,
} from "./listing.ts";

/** The note that is open. */
export const draft = signal<Draft | null>(null);

/** How long a deletion can be undone, in milliseconds. */
const UNDO_MS = 15_000;
/** How long a lock waits for typing to be saved, in milliseconds. */
const FLUSH_LIMIT_MS = 3_000;

/** Notes that were left before their text could be saved. They go on trying. */
const stranded = new Set<Draft>();
let askedToPersist = false;

const store: DraftStore = {
  put: async (records) => kept(await vault().put(records)),
  save: async (id, patch) => kept(await vault().save(id, patch)),
  remove: (id) => vault().remove(id),
  get: (id) => vault().get(id),
};

/** After the first save the browser is asked not to evict the vault. */
function kept<Answer>(answer: Answer): Answer {
  if (!askedToPersist) {
    askedToPersist = true;
    void navigator.storage.persist();
  }
  return answer;
}

/** Begins a note in the section that is shown. */
export function beginNote(): void {
  setQuery("");
  go({ at: "section", kind: section.value, note: { is: "new" } });
}

/** Moves the open note to another section, and goes along with it. */
export function changeKind(open: Draft, kind: Kind): void {
  open.edit({ kind });
  void open.flush();
  const id = open.id.value;
  go({ at: "section", kind, note: id === null ? { is: "new" } : { is: "kept", id } }, "replace");
}

/** Deletes the open note, and offers to bring it back. */
export async function deleteOpenNote(): Promise<void> {
  const open = draft.value;
  if (!open) return;
  const { kind } = open.words.value;
  try {
    await open.flush();
    const id = open.id.value;
    if (id !== null && !open.gone.value) {
      await vault().remove(id);
      showToast({
        text: "Note deleted",
        action: { name: "Undo", run: () => void bringBack(id, kind) },
        lastsMs: UNDO_MS,
      });
    }
    draft.value = null;
    open.forget();
    go({ at: "section", kind, note: NO_NOTE }, "replace");
  } catch (error) {
    report(error);
  }
}

async function bringBack(id: string, kind: Kind): Promise<void> {
  try {
    await vault().restore(id);
    go({ at: "section", kind, note: { is: "kept", id } });
  } catch (error) {
    report(error);
  }
}

/** What came of locking. */
export type Locking = "locked" | "unsaved";

/** What to do with typing that cannot be saved. */
export type Unsaved = "ask" | "lose";

/** Saves what is typed, then locks. With text that cannot be saved it asks first. */
export async function lockNow(
  unsaved: Unsaved = "ask",
  tier: LockTier = "device",
): Promise<Locking> {
  const safe = (await flushAll()) || (await keepTyping());
  if (unsaved === "ask" && !safe) return "unsaved";
  try {
    settle(await vault().lock(tier));
  } catch (error) {
    report(error);
  }
  return "locked";
}

/** Saves all typing at once. Resolves to whether everything is saved. */
export async function flushAll(): Promise<boolean> {
  const open = draft.value;
  const all = [...stranded, ...(open ? [open] : [])].map((one) => one.flush());
  const late = new Promise<boolean[]>((resolve) => {
    setTimeout(() => resolve([false]), FLUSH_LIMIT_MS);
  });
  return (await Promise.race([Promise.all(all), late])).every(Boolean);
}

/**
 * Has the vault keep what is typed and not saved, to be offered after the next
 * unlock. Resolves to whether it took all of it.
 */
async function keepTyping(): Promise<boolean> {
  const open = draft.value;
  const typing = [...stranded, ...(open ? [open] : [])].flatMap((one) => one.unsaved ?? []);
  try {
    await Promise.all(typing.map((words) => vault().keepDraft(words)));
    return true;
  } catch {
    return false;
  }
}

/** Makes a note again of typing that a lock kept, and goes there. */
export async function resumeDraft(kept: DraftView): Promise<void> {
  const item = await writeKept(kept);
  await vault().discardDraft(kept.id);
  go({ at: "section", kind: item.kind, note: { is: "kept", id: item.id } });
}

/** If its note is gone by now, or there was none, it becomes a new one. */
async function writeKept({ record, base, kind, title, text, tags }: DraftView): Promise<ListItem> {
  const words = { kind, title, text, tags };
  if (record !== null) {
    try {
      return await vault().save(record, base === null ? words : { ...words, base });
    } catch (error) {
      if (codeOf(error) !== "unknown_record") throw error;
    }
  }
  const [item] = await vault().put([words]);
  if (!item) throw new Error("the vault answered without a note");
  return item;
}

/** Follows the address: opens, begins and leaves notes. */
function arrive(where: Place): void {
  if (where.at === "start" || where.at === "sign_in") {
    go({ at: "section", kind: section.value, note: NO_NOTE }, "replace");
    return;
  }
  if (where.at === "settings") {
    leave();
    return;
  }
  showSection(where.kind);
  const open = draft.value;
  if (where.note.is === "none") leave();
  else if (where.note.is === "new") {
    if (open?.id.value !== null) put(Draft.begin(store, where.kind));
  } else if (open?.id.value !== where.note.id) void openNote(where.note.id, where.kind);
}

/** Opens a note, unless the person went elsewhere meanwhile. */
async function openNote(id: string, kind: Kind): Promise<void> {
  leave();
  const unsaved = [...stranded].find((one) => one.id.value === id);
  if (unsaved) {
    stranded.delete(unsaved);
    draft.value = unsaved;
    return;
  }
  try {
    const record = await vault().get(id);
    const { value: where } = place;
    if (where.at !== "section" || where.note.is !== "kept" || where.note.id !== id) return;
    put(Draft.open(store, record));
  } catch (error) {
    report(error);
    if (isUnlocked()) go({ at: "section", kind, note: NO_NOTE }, "replace");
  }
}

/** Lays a note on the desk. */
function put(next: Draft): void {
  leave();
  draft.value = next;
}

/** Clears the desk. A note that cannot be saved goes on trying. */
function leave(): void {
  const left = draft.value;
  draft.value = null;
  if (!left) return;
  stranded.add(left);
  left.close().then((safe) => {
    if (safe) stranded.delete(left);
    else warnOf(left);
  }, report);
}

/** Tells of text that is in this window only, and lets it go once it is saved. */
function warnOf(left: Draft): void {
  const { value: safety } = left.safety;
  if (safety.is === "failed") report(safety.error);
  const stop = left.safety.subscribe(({ is }) => {
    if (is !== "saved" || draft.value === left) return;
    stranded.delete(left);
    queueMicrotask(() => stop());
  });
}

/** Shows what another device did to the open note. */
async function followRemote(open: Draft): Promise<void> {
  try {
    await open.changedElsewhere();
  } catch (error) {
    if (codeOf(error) !== "unknown_record") {
      report(error);
    } else if (open.dirty) {
      open.vanished();
    } else if (draft.value === open) {
      showToast({ text: "This note was deleted on another device" });
      draft.value = null;
      open.forget();
      go({ at: "section", kind: section.value, note: NO_NOTE }, "replace");
    }
  }
}

/** Begins to follow the address, the vault and the window. */
export function setUpDesk(): void {
  effect(() => {
    const where = place.value;
    if (isUnlocked()) untracked(() => arrive(where));
  });
  effect(() => {
    if (!isUnlocked()) return;
    untracked(() => {
      completeNewest();
      void countSections();
    });
  });
  effect(nameNewNote);
  onNotice((notice) => {
    // Too late to save: the vault locks in a moment, and keeps this instead.
    if (notice.type === "locking") void keepTyping();
    if (notice.type === "newest") {
      const { value: where } = place;
      showNewest(where.at === "section" ? where.kind : section.value, notice.sections);
    }
    const open = draft.value;
    if (!open) return;
    if (notice.type === "uploaded") open.uploaded(notice.ids);
    if (notice.type !== "records") return;
    const many = notice.ids.length === 0;
    const touched = many || (notice.remote && notice.ids.includes(open.id.value ?? ""));
    if (touched) void followRemote(open);
  });
  onForget(() => {
    draft.value?.forget();
    draft.value = null;
    for (const one of stranded) one.forget();
    stranded.clear();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void flushAll();
  });
  addEventListener("pagehide", () => void flushAll());
  addEventListener("beforeunload", (event) => {
    if (![...stranded, draft.value].some((one) => one?.dirty)) return;
    void flushAll();
    event.preventDefault();
  });
}

/** Once a new note has an id, the address names it. */
function nameNewNote(): void {
  const id = draft.value?.id.value ?? null;
  const kind = draft.value?.words.peek().kind;
  if (id === null || !kind) return;
  untracked(() => {
    const where = place.value;
    if (where.at !== "section" || where.note.is !== "new") return;
    go({ at: "section", kind, note: { is: "kept", id } }, "replace");
  });
}
