/** Archives: honest ones, broken ones and bombs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { ArchiveError, listArchive } from "../src/import/zip.ts";

/** Byte offsets of every central directory entry (APPNOTE 4.3.12). */
function directoryEntries(archive: Uint8Array): number[] {
  const view = new DataView(archive.buffer, archive.byteOffset);
  const found: number[] = [];
  for (let at = 0; at + 4 <= archive.length; at += 1) {
    if (view.getUint32(at, true) === 0x02014b50) found.push(at);
  }
  return found;
}

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ArchiveError) return error.fault;
    throw error;
  }
  return "none";
}

test("reads every file, more than one walk's worth", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 600 }, (_, at) => [`notes/${at}.md`, strToU8(`# Note ${at}`)]),
  );
  const sources = listArchive(zipSync(files));
  assert.equal(sources.length, 600);
  for (const [at, source] of sources.entries()) {
    const { path, bytes } = await source.read();
    assert.equal(path, `notes/${at}.md`);
    assert.equal(new TextDecoder().decode(bytes), `# Note ${at}`);
  }
});

test("reads in any order", async () => {
  const sources = listArchive(zipSync({ "a.md": strToU8("A"), "b.md": strToU8("B") }));
  const texts = [];
  for (const source of sources.reverse()) {
    texts.push(new TextDecoder().decode((await source.read()).bytes));
  }
  assert.deepEqual(texts, ["B", "A"]);
});

test("refuses what is not an archive, and one cut short", () => {
  assert.equal(
    faultOf(() => listArchive(strToU8("not a zip at all, only text"))),
    "broken",
  );
  assert.equal(
    faultOf(() => listArchive(new Uint8Array())),
    "broken",
  );
  const archive = zipSync({ "a.md": strToU8("A".repeat(1_000)) });
  assert.equal(
    faultOf(() => listArchive(archive.slice(0, archive.length - 30))),
    "broken",
  );
});

test("refuses an archive with a password, whichever file has it", () => {
  const archive = zipSync({ "a.md": strToU8("A"), "b.md": strToU8("B") });
  const second = directoryEntries(archive)[1] ?? 0;
  archive[second + 8] = (archive[second + 8] ?? 0) | 1;
  assert.equal(
    faultOf(() => listArchive(archive)),
    "encrypted",
  );
});

test("refuses an archive that says it holds more than is let in", () => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`${at}.md`, new Uint8Array(5_000)]),
  );
  const archive = zipSync(files, { level: 0 });
  const view = new DataView(archive.buffer, archive.byteOffset);
  for (const at of directoryEntries(archive)) view.setUint32(at + 24, 4_900_000, true);
  assert.equal(
    faultOf(() => listArchive(archive)),
    "too_large",
  );
});

test("a file that says it shrank beyond what is possible is a bomb", () => {
  const archive = zipSync({ "a.md": strToU8("A") });
  const view = new DataView(archive.buffer, archive.byteOffset);
  view.setUint32((directoryEntries(archive)[0] ?? 0) + 24, 4_000_000, true);
  assert.equal(
    faultOf(() => listArchive(archive)),
    "broken",
  );
});

test("one damaged file does not hold up its neighbours", async () => {
  const random = Uint8Array.from({ length: 4_000 }, (_, at) => (at * 7_919) % 251);
  const archive = zipSync({ "a.md": strToU8("fine"), "bad.md": random, "c.md": strToU8("too") });
  const name = new TextEncoder().encode("bad.md");
  const local = archive.findIndex((_, at) => name.every((byte, of) => archive[at + of] === byte));
  archive.fill(0xff, local + name.length, local + name.length + 40);
  const [first, damaged, third] = listArchive(archive);
  assert.equal(new TextDecoder().decode((await first?.read())?.bytes), "fine");
  await assert.rejects(async () => damaged?.read(), ArchiveError);
  assert.equal(new TextDecoder().decode((await third?.read())?.bytes), "too");
});
