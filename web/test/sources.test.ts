/** Which of the files given are taken, and in which portions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Source } from "../src/import/sources.ts";
import { portions, sortFile, sortPile } from "../src/import/sources.ts";

function source(path: string, size = 100): Source {
  return { path, size, read: () => Promise.resolve({ path, bytes: new Uint8Array(size) }) };
}

test("Markdown and text files are taken, whatever their letters' case", () => {
  for (const path of ["a.md", "b/C.MD", "d.markdown", "e.txt", "LICENSE.md"]) {
    assert.equal(sortFile(path, 1), "take", path);
  }
});

test("what systems leave behind is not even counted", () => {
  const litter = [
    "__MACOSX/a/._b.md",
    ".DS_Store",
    "a/.DS_Store",
    "a/._b.md",
    "a/Thumbs.db",
    "folder.md/",
  ];
  for (const path of litter) assert.equal(sortFile(path, 1), "ignore", path);
});

test("other files are counted, long ones are listed with the reason", () => {
  const pile = sortPile([
    source("a.md"),
    source("b.png"),
    source("c.pdf"),
    source("long.md", 5 * 1024 * 1024 + 1),
    source("fits.md", 5 * 1024 * 1024),
  ]);
  assert.deepEqual(
    pile.take.map(({ path }) => path),
    ["a.md", "fits.md"],
  );
  assert.equal(pile.notMarkdown, 2);
  assert.deepEqual(pile.skipped, [{ path: "long.md", reason: "Larger than 5 MB." }]);
});

test("portions hold every file once, in order, within their limits", () => {
  const all = Array.from({ length: 1_000 }, (_, at) => source(`${at}.md`, (at % 7) * 3_000));
  const cut = [...portions(all)];
  assert.deepEqual(cut.flat(), all);
  for (const portion of cut) {
    assert.ok(portion.length <= 250);
    assert.ok(portion.reduce((sum, { size }) => sum + size, 0) <= 1024 * 1024);
  }
});

test("a file longer than a portion is a portion of its own", () => {
  const cut = [...portions([source("a.md"), source("b.md", 3_000_000), source("c.md")])];
  assert.deepEqual(
    cut.map((portion) => portion.map(({ path }) => path)),
    [["a.md"], ["b.md"], ["c.md"]],
  );
});

test("no files, no portions", () => {
  assert.deepEqual([...portions([])], []);
});
