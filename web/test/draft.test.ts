/** Saving while typing: nothing is lost, nothing is saved twice. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import type { NewRecord, RecordPatch, RecordView } from "@lockstep/vault";
import type { DraftStore } from "../src/notes/draft.ts";
import { Draft, RETRY_DELAY_MS, SAVE_DELAY_MS } from "../src/notes/draft.ts";

function record(change: Partial<RecordView> = {}): RecordView {
  return {
    id: "one",
    revision: "first",
    kind: "idea",
    title: "Title",
    text: "Text",
    preview: "",
    tags: [],
    created_ms: 1,
    updated_ms: 2,
    durability: "on_device",
    conflict_copy: false,
    ...change,
  };
}

/** A vault of one note, which can be made to fail or to wait. */
class OneNote implements DraftStore {
  puts: NewRecord[][] = [];
  patches: RecordPatch[] = [];
  bases: (string | undefined)[] = [];
  removed: string[] = [];
  failWith: string | null = null;
  current = record();
  release: (() => void) | null = null;
  holdBack = false;

  async put(records: NewRecord[]) {
    await this.#gate();
    this.puts.push(records);
    return [record({ id: "new" })];
  }

  async save(id: string, patch: RecordPatch) {
    await this.#gate();
    const { base, ...words } = patch;
    this.bases.push(base);
    this.patches.push(words);
    return record({ id, revision: `saved ${this.patches.length}` });
  }

  remove(id: string) {
    this.removed.push(id);
    return Promise.resolve();
  }

  get() {
    return Promise.resolve(this.current);
  }

  async #gate(): Promise<void> {
    if (this.holdBack) await new Promise<void>((resolve) => (this.release = resolve));
    if (this.failWith !== null) throw Object.assign(new Error("no"), { code: this.failWith });
  }
}

function withClock(t: TestContext): (ms: number) => Promise<void> {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return async (ms) => {
    t.mock.timers.tick(ms);
    await settled();
  };
}

test("typing that does not pause is saved all the same", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  const draft = Draft.open(store, record());
  for (let at = 0; at < 20; at += 1) {
    draft.edit({ text: "x".repeat(at + 5) });
    await pass(50);
  }
  assert.ok(store.patches.length >= 2, `${store.patches.length} saves in a second`);
  await pass(SAVE_DELAY_MS);
  assert.equal(store.patches.at(-1)?.text, "x".repeat(24));
  assert.equal(draft.dirty, false);
});

test("a save holds only what changed", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  const draft = Draft.open(store, record());
  draft.edit({ tags: ["a"] });
  await pass(SAVE_DELAY_MS);
  assert.deepEqual(store.patches, [{ tags: ["a"] }]);
});

test("a new note is written once something is typed, and then saved under its id", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  const draft = Draft.begin(store, "journal");
  draft.edit({ title: " " });
  await pass(SAVE_DELAY_MS);
  assert.deepEqual(store.puts, []);
  draft.edit({ title: "Monday" });
  await pass(SAVE_DELAY_MS);
  assert.deepEqual(store.puts, [[{ kind: "journal", title: "Monday", text: "", tags: [] }]]);
  assert.equal(draft.id.value, "new");
  draft.edit({ text: "Rain." });
  await pass(SAVE_DELAY_MS);
  assert.deepEqual(store.patches, [{ text: "Rain." }]);
});

test("a new note is never written twice while the first save is under way", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  store.holdBack = true;
  const draft = Draft.begin(store, "idea");
  draft.edit({ title: "A" });
  await pass(SAVE_DELAY_MS);
  draft.edit({ title: "AB" });
  const flushed = draft.flush();
  store.holdBack = false;
  store.release?.();
  await flushed;
  assert.equal(store.puts.length, 1);
  assert.deepEqual(store.patches, [{ title: "AB" }]);
});

test("a note begun and left empty is taken away", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  const draft = Draft.begin(store, "idea");
  draft.edit({ text: "never mind" });
  await pass(SAVE_DELAY_MS);
  draft.edit({ text: "" });
  assert.equal(await draft.close(), true);
  assert.deepEqual(store.removed, ["new"]);
});

test("an old note that was emptied stays", async () => {
  const store = new OneNote();
  const draft = Draft.open(store, record({ tags: [] }));
  draft.edit({ title: "", text: "" });
  assert.equal(await draft.close(), true);
  assert.deepEqual(store.removed, []);
});

test("text is kept when the device has no room, and saved when it has", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  store.failWith = "storage_full";
  const draft = Draft.open(store, record());
  draft.edit({ text: "precious" });
  await pass(SAVE_DELAY_MS);
  assert.equal(draft.safety.value.is, "failed");
  assert.equal(await draft.close(), false);
  assert.equal(draft.words.value.text, "precious");
  store.failWith = null;
  await pass(RETRY_DELAY_MS);
  assert.deepEqual(store.patches, [{ text: "precious" }]);
  assert.deepEqual(draft.safety.value, { is: "saved", where: "on_device" });
});

test("says that the server has it only if that is so for what is on the screen", async (t) => {
  const pass = withClock(t);
  const draft = Draft.open(new OneNote(), record());
  draft.edit({ text: "newer" });
  draft.uploaded(["one"]);
  assert.equal(draft.safety.value.is, "saving");
  await pass(SAVE_DELAY_MS);
  draft.uploaded(["another"]);
  assert.deepEqual(draft.safety.value, { is: "saved", where: "on_device" });
  draft.uploaded(["one"]);
  assert.deepEqual(draft.safety.value, { is: "saved", where: "on_server" });
});

test("an edit of another device is shown, but never over what is being typed", async (t) => {
  withClock(t);
  const store = new OneNote();
  const draft = Draft.open(store, record());
  store.current = record({ text: "from afar" });
  await draft.changedElsewhere();
  assert.equal(draft.words.value.text, "from afar");
  draft.edit({ text: "typing here" });
  store.current = record({ text: "from afar again" });
  await draft.changedElsewhere();
  assert.equal(draft.words.value.text, "typing here");
});

test("typing into a note that was deleted elsewhere can be kept as another note", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  store.failWith = "unknown_record";
  const draft = Draft.open(store, record());
  draft.edit({ text: "still here" });
  await pass(SAVE_DELAY_MS);
  assert.equal(draft.gone.value, true);
  store.failWith = null;
  assert.equal(await draft.keepAsNew(), true);
  assert.equal(store.puts[0]?.[0]?.text, "still here");
  assert.equal(draft.id.value, "new");
});

test("each save names the revision that was on the screen", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  const draft = Draft.open(store, record());
  draft.edit({ text: "typed" });
  store.current = record({ revision: "elsewhere", text: "remote" });
  await draft.changedElsewhere();
  await pass(SAVE_DELAY_MS);
  draft.edit({ text: "typed on" });
  await pass(SAVE_DELAY_MS);
  assert.deepEqual(store.bases, ["first", "saved 1"]);
});

test("a forgotten draft holds nothing and saves nothing", async (t) => {
  const pass = withClock(t);
  const store = new OneNote();
  const draft = Draft.open(store, record());
  draft.edit({ text: "secret" });
  draft.forget();
  await pass(RETRY_DELAY_MS);
  assert.deepEqual(store.patches, []);
  assert.equal(JSON.stringify(draft.words.value).includes("secret"), false);
});
