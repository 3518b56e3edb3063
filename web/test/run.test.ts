/** An import from start to end, or to Cancel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImportFile, ImportOutcome } from "@lockstep/vault";
import type { Source } from "../src/import/sources.ts";
import { ImportRun } from "../src/import/run.ts";

function sources(count: number, suffix = ".md"): Source[] {
  return Array.from({ length: count }, (_, at) => {
    const path = `${at}${suffix}`;
    return { path, size: 10, read: () => Promise.resolve({ path, bytes: new Uint8Array(10) }) };
  });
}

const added = (files: ImportFile[]): Promise<ImportOutcome[]> =>
  Promise.resolve(files.map(({ path }) => ({ outcome: "added", id: path })));

test("hands over every file and counts what became of each", async () => {
  const run = new ImportRun((files) =>
    Promise.resolve(
      files.map(({ path }, at): ImportOutcome => {
        if (at % 4 === 0) return { outcome: "skipped", code: "import_not_text", reason: "No." };
        return {
          outcome: (["added", "updated", "unchanged"] as const)[at % 3] ?? "added",
          id: path,
        };
      }),
    ),
  );
  await run.run(Promise.resolve({ sources: sources(600), refused: [] }));
  const { added: fresh, updated, unchanged, skipped } = run.tally;
  assert.equal(fresh + updated + unchanged + skipped.length, 600);
  assert.deepEqual(skipped[0], { path: "0.md", reason: "No." });
  assert.deepEqual(run.stage.value, { is: "ended", ending: { is: "done" } });
});

test("cancelling keeps what is in and takes no more", async () => {
  const run = new ImportRun((files) => {
    run.cancel();
    return added(files);
  });
  await run.run(Promise.resolve({ sources: sources(2_000), refused: [] }));
  assert.equal(run.tally.added, 250);
  assert.deepEqual(run.stage.value, { is: "ended", ending: { is: "cancelled" } });
});

test("a file that cannot be read is listed and the rest goes on", async () => {
  const files = sources(3);
  files.splice(1, 1, { path: "gone.md", size: 1, read: () => Promise.reject(new Error("gone")) });
  const run = new ImportRun(added);
  await run.run(Promise.resolve({ sources: files, refused: [] }));
  assert.equal(run.tally.added, 2);
  assert.deepEqual(run.tally.skipped, [
    { path: "gone.md", reason: "This file could not be read." },
  ]);
});

test("a vault that stops taking files ends the run with its error", async () => {
  const full = new Error("full");
  let calls = 0;
  const run = new ImportRun((files) => {
    calls += 1;
    return calls === 1 ? added(files) : Promise.reject(full);
  });
  await run.run(Promise.resolve({ sources: sources(900), refused: [] }));
  assert.equal(run.tally.added, 250);
  assert.deepEqual(run.stage.value, { is: "ended", ending: { is: "failed", error: full } });
});

test("a pile without notes ends at once", async () => {
  const run = new ImportRun(added);
  const refused = [{ path: "a.zip", reason: "This .zip file could not be read." }];
  await run.run(Promise.resolve({ sources: sources(4, ".png"), refused }));
  assert.equal(run.tally.notMarkdown, 4);
  assert.deepEqual(run.tally.skipped, refused);
  assert.deepEqual(run.stage.value, { is: "ended", ending: { is: "done" } });
});
