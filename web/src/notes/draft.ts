/**
 * A note while it is open: what is typed, what the vault has of it, and how
 * safe it is. Typing is saved a moment after it began, without waiting for it
 * to pause, so that no keystroke stays unsaved for long.
 */

import { batch, computed, signal } from "@preact/signals";
import type {
  Durability,
  Kind,
  ListItem,
  DraftInput,
  NewRecord,
  RecordPatch,
  RecordView,
} from "@lockstep/vault";
import { codeOf } from "../vault/errors.ts";

/** What a person can change about a note. */
export interface Words {
  title: string;
  text: string;
  tags: readonly string[];
  kind: Kind;
}

/** What a draft needs of the vault. */
export interface DraftStore {
  put(records: NewRecord[]): Promise<ListItem[]>;
  save(id: string, patch: RecordPatch): Promise<ListItem>;
  remove(id: string): Promise<unknown>;
  get(id: string): Promise<RecordView>;
}

/** How safe what is on the screen is. */
export type Safety =
  /** New, and nothing was typed. */
  | { is: "empty" }
  | { is: "saving" }
  | { is: "saved"; where: Durability }
  /** It is in this window only. */
  | { is: "failed"; error: unknown };

/** How long typing waits to be saved, in milliseconds. */
export const SAVE_DELAY_MS = 300;
/** How long until a failed save is tried again, in milliseconds. */
export const RETRY_DELAY_MS = 4_000;

/** A note that is open. */
export class Draft {
  /** The note's id; `null` until something of it was saved. */
  readonly id = signal<string | null>(null);
  /** What is on the screen. */
  readonly words = signal<Words>({ title: "", text: "", tags: [], kind: "idea" });
  /** How safe that is. */
  readonly safety = signal<Safety>({ is: "empty" });
  /** When the note was made and changed, once it was. */
  readonly item = signal<ListItem | null>(null);
  /** Whether the note is gone from the vault. */
  readonly gone = signal(false);
  /** Whether this note was begun here and not opened. */
  readonly begunHere: boolean;
  /** Whether there is nothing in it. */
  readonly blank = computed(() => isBlank(this.words.value));

  readonly #store: DraftStore;
  #kept: Words | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;
  #closed = false;

  private constructor(store: DraftStore, begunHere: boolean) {
    this.#store = store;
    this.begunHere = begunHere;
  }

  /** A new note. Nothing is written before something is typed. */
  static begin(store: DraftStore, kind: Kind): Draft {
    const draft = new Draft(store, true);
    draft.words.value = { title: "", text: "", tags: [], kind };
    return draft;
  }

  /** A note that the vault has. */
  static open(store: DraftStore, record: RecordView): Draft {
    const draft = new Draft(store, false);
    draft.id.value = record.id;
    draft.#show(record);
    return draft;
  }

  /** Whether something on the screen is not in the vault. */
  get dirty(): boolean {
    if (!this.#kept) return !isBlank(this.words.value);
    return Object.keys(patchOf(this.#kept, this.words.value)).length > 0;
  }

  /** Takes typing over, and sees that it is saved. */
  edit(change: Partial<Words>): void {
    if (this.#closed) return;
    this.words.value = { ...this.words.value, ...change };
    if (this.dirty) {
      if (this.safety.value.is !== "failed") this.safety.value = { is: "saving" };
      this.#schedule(this.safety.value.is === "failed" ? RETRY_DELAY_MS / 4 : SAVE_DELAY_MS);
    } else if (!this.#kept) {
      this.safety.value = { is: "empty" };
    }
  }

  /** What a lock has to keep, if something on the screen is not in the vault. */
  get unsaved(): DraftInput | null {
    if (!this.dirty || this.#closed) return null;
    const { kind, title, text, tags } = this.words.value;
    const base = this.item.value?.revision ?? null;
    return { record: this.id.value, kind, title, text, tags: [...tags], base };
  }

  /** Saves at once. Resolves to whether everything on the screen is saved. */
  async flush(): Promise<boolean> {
    this.#unschedule();
    await this.#saving;
    if (this.dirty && !this.gone.value) await this.#save();
    return !this.dirty;
  }

  /**
   * The person leaves the note. Saves what is left, and takes a note away
   * that was begun here and has nothing in it. Resolves to whether nothing
   * was lost; if something would be, the draft stays open.
   */
  async close(): Promise<boolean> {
    const safe = await this.flush();
    if (!safe) return false;
    this.#closed = true;
    const id = this.id.value;
    if (this.begunHere && id !== null && this.blank.value && !this.gone.value) {
      await this.#store.remove(id);
    }
    return true;
  }

  /** Stops: nothing is saved from now on, and nothing is left to read. */
  forget(): void {
    this.#closed = true;
    this.#unschedule();
    batch(() => {
      this.words.value = { title: "", text: "", tags: [], kind: this.words.value.kind };
      this.item.value = null;
    });
    this.#kept = null;
  }

  /** The server has these notes; none named means too many to name. */
  uploaded(ids: readonly string[]): void {
    const id = this.id.value;
    if (id === null || this.dirty || this.#saving) return;
    if (ids.length > 0 && !ids.includes(id)) return;
    if (this.safety.value.is === "saved") this.safety.value = { is: "saved", where: "on_server" };
  }

  /**
   * Another device changed the note. Shows that, unless something typed here
   * is not saved yet: what is being typed is never taken away.
   */
  async changedElsewhere(): Promise<void> {
    const id = this.id.value;
    if (id === null || this.dirty || this.#saving || this.#closed) return;
    const before = this.words.value;
    const record = await this.#store.get(id);
    if (this.words.value === before && !this.#isClosed()) this.#show(record);
  }

  /** The vault has no such note any more: what is on the screen can be kept as a new one. */
  vanished(): void {
    this.gone.value = true;
    this.#unschedule();
  }

  /** Keeps what is on the screen as a new note. */
  async keepAsNew(): Promise<boolean> {
    batch(() => {
      this.id.value = null;
      this.gone.value = false;
      this.safety.value = { is: "saving" };
    });
    this.#kept = null;
    return this.flush();
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #show(record: RecordView): void {
    const words = wordsOf(record);
    this.#kept = words;
    batch(() => {
      this.words.value = words;
      this.item.value = record;
      this.safety.value = { is: "saved", where: record.durability };
    });
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), delayMs);
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One save; never two at once. */
  async #save(): Promise<void> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = null;
    });
    await this.#saving;
  }

  async #write(): Promise<void> {
    const words = this.words.value;
    this.safety.value = { is: "saving" };
    try {
      const item = await this.#send(words);
      if (this.#closed) return;
      this.#kept = words;
      batch(() => {
        this.id.value = item.id;
        this.item.value = item;
        this.safety.value = this.dirty ? { is: "saving" } : { is: "saved", where: item.durability };
      });
      if (this.dirty) this.#schedule(SAVE_DELAY_MS);
    } catch (error) {
      if (this.#closed) return;
      this.safety.value = { is: "failed", error };
      if (codeOf(error) === "unknown_record") this.vanished();
      else this.#schedule(RETRY_DELAY_MS);
    }
  }

  async #send(words: Words): Promise<ListItem> {
    const id = this.id.value;
    if (id !== null && this.#kept) {
      const patch = patchOf(this.#kept, words);
      const base = this.item.value?.revision;
      return this.#store.save(id, base === undefined ? patch : { ...patch, base });
    }
    const [item] = await this.#store.put([{ ...words, tags: [...words.tags] }]);
    if (!item) throw new Error("the vault answered without a note");
    return item;
  }
}

/** Whether there is nothing in a note. */
function isBlank(words: Words): boolean {
  return words.title.trim() === "" && words.text.trim() === "" && words.tags.length === 0;
}

/** What a person can change, out of a record. */
function wordsOf(record: RecordView): Words {
  return { title: record.title, text: record.text, tags: record.tags, kind: record.kind };
}

/** What changed from one to the other. */
function patchOf(from: Words, to: Words): RecordPatch {
  const patch: RecordPatch = {};
  if (from.title !== to.title) patch.title = to.title;
  if (from.text !== to.text) patch.text = to.text;
  if (from.kind !== to.kind) patch.kind = to.kind;
  const sameTags =
    from.tags.length === to.tags.length && from.tags.every((tag, at) => tag === to.tags[at]);
  if (!sameTags) patch.tags = [...to.tags];
  return patch;
}
