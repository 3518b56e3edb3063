/** Which stretch of a long list is on screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import type { Row } from "../src/notes/rows.ts";
import { Rows, rowsInView, STRETCH } from "../src/notes/rows.ts";

function row(number: number, title = `Note ${number}`): Row {
  return {
    id: `id-${number}`,
    revision: `revision-${number}`,
    kind: "idea",
    title,
    preview: "",
    tags: [],
    created_ms: 0,
    updated_ms: 0,
    durability: "on_device",
    conflict_copy: false,
  };
}

/** A list of a length, which remembers what was asked of it. */
function source(total: number) {
  const asked: number[] = [];
  let title = "Note";
  return {
    asked,
    rename: (to: string) => (title = to),
    fetch: (offset: number, limit: number) => {
      asked.push(offset);
      const count = Math.max(0, Math.min(limit, total - offset));
      const items = Array.from({ length: count }, (_, at) => row(offset + at, `${title} ${at}`));
      return Promise.resolve({ total, items });
    },
  };
}

const fail = (error: unknown): void => {
  throw error;
};

test("fetches only the stretches that can be seen", async () => {
  const list = source(100_000);
  const rows = new Rows(list.fetch, fail);
  rows.show(0, 20);
  await settled();
  assert.equal(rows.total.value, 100_000);
  rows.show(50_090, 50_110);
  await settled();
  assert.deepEqual(list.asked, [0, 50_000, 50_100]);
  assert.equal(rows.at(50_105)?.id, "id-50105");
  assert.equal(rows.at(9_000), undefined);
});

test("does not fetch the same stretch twice", async () => {
  const list = source(500);
  const rows = new Rows(list.fetch, fail);
  rows.show(0, 10);
  rows.show(2, 12);
  await settled();
  rows.show(5, 15);
  await settled();
  assert.deepEqual(list.asked, [0]);
});

test("a refresh keeps the old rows until the new ones are there", async () => {
  const list = source(50);
  const rows = new Rows(list.fetch, fail);
  rows.show(0, 10);
  await settled();
  list.rename("Changed");
  rows.refresh();
  assert.equal(rows.at(0)?.title, "Note 0");
  await settled();
  assert.equal(rows.at(0)?.title, "Changed 0");
});

test("a refresh during a fetch is not lost", async () => {
  const list = source(50);
  const rows = new Rows(list.fetch, fail);
  rows.show(0, 10);
  rows.refresh();
  await settled();
  assert.deepEqual(list.asked, [0, 0]);
});

test("a list that was empty is asked again after a refresh", async () => {
  const list = source(0);
  const rows = new Rows(list.fetch, fail);
  rows.show(0, 0);
  await settled();
  rows.refresh();
  await settled();
  assert.deepEqual(list.asked, [0, 0]);
});

test("a failed fetch is told and can be tried again", async () => {
  let healthy = false;
  const errors: unknown[] = [];
  const rows = new Rows(
    () =>
      healthy ? Promise.resolve({ total: 1, items: [row(0)] }) : Promise.reject(new Error("no")),
    (error) => errors.push(error),
  );
  rows.show(0, 0);
  await settled();
  assert.equal(errors.length, 1);
  healthy = true;
  rows.show(0, 0);
  await settled();
  assert.equal(rows.at(0)?.id, "id-0");
});

test("memory does not grow with what was scrolled past", async () => {
  const rows = new Rows(source(100_000).fetch, fail);
  for (let at = 0; at < 100_000; at += STRETCH) {
    rows.show(at, at + 10);
    await settled();
  }
  let held = 0;
  for (let at = 0; at < 100_000; at += STRETCH) if (rows.at(at)) held += 1;
  assert.ok(held <= 30, `${held} stretches are held`);
});

test("the window covers what can be seen and a little more", () => {
  assert.deepEqual(rowsInView(0, 800, 100, 7_425), { first: 0, end: 16 });
  assert.deepEqual(rowsInView(5_000, 800, 100, 7_425), { first: 42, end: 66 });
  assert.deepEqual(rowsInView(742_000, 800, 100, 7_425), { first: 7_412, end: 7_425 });
  assert.deepEqual(rowsInView(9_000, 800, 100, 3), { first: 3, end: 3 });
});
