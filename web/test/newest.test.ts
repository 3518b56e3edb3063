/** Of several answers under way only the newest counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { Newest } from "../src/notes/newest.ts";

/** Questions wait until they are answered by hand. */
function byHand() {
  const waiting: { question: string; answer: (text: string) => void; fail: () => void }[] = [];
  const shown: string[] = [];
  const errors: unknown[] = [];
  const newest = new Newest<string, string>(
    (question) =>
      new Promise((resolve, reject) => {
        waiting.push({ question, answer: resolve, fail: () => reject(new Error(question)) });
      }),
    (_, answer) => shown.push(answer),
    (error) => errors.push(error),
  );
  return { newest, waiting, shown, errors };
}

test("asks at once, and one at a time", async () => {
  const { newest, waiting, shown } = byHand();
  for (const text of ["k", "ki", "kit"]) newest.put(text);
  assert.deepEqual(
    waiting.map((one) => one.question),
    ["k"],
  );
  waiting[0]?.answer("old");
  await settled();
  assert.deepEqual(
    waiting.map((one) => one.question),
    ["k", "kit"],
  );
  waiting[1]?.answer("new");
  await settled();
  assert.deepEqual(shown, ["new"]);
});

test("a failure of an old question is not told", async () => {
  const { newest, waiting, shown, errors } = byHand();
  newest.put("a");
  newest.put("b");
  waiting[0]?.fail();
  await settled();
  waiting[1]?.answer("b");
  await settled();
  assert.deepEqual(errors, []);
  assert.deepEqual(shown, ["b"]);
});

test("a cleared question is not asked", async () => {
  const { newest, waiting } = byHand();
  newest.put("a");
  newest.put("b");
  newest.clear();
  waiting[0]?.answer("a");
  await settled();
  assert.equal(waiting.length, 1);
});
