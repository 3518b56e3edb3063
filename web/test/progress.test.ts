/** How long an import still takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeLeft, timeLeftText } from "../src/import/progress.ts";

test("says nothing before the first portion has settled", () => {
  const left = new TimeLeft(1_000, 0);
  assert.equal(left.seconds(100), null);
  left.sample(100, 200);
  assert.equal(left.seconds(300), null);
});

test("an even pace gives the time that is left", () => {
  const left = new TimeLeft(1_000, 0);
  for (let second = 1; second <= 4; second += 1) left.sample(second * 100, second * 1_000);
  assert.equal(left.seconds(4_000), 6);
  assert.equal(left.seconds(5_000), 5);
});

test("the estimate follows a pace that drops", () => {
  const left = new TimeLeft(1_000, 0);
  left.sample(500, 1_000);
  const before = left.seconds(1_000) ?? 0;
  for (let second = 2; second <= 8; second += 1) left.sample(500 + second * 10, second * 1_000);
  assert.ok((left.seconds(8_000) ?? 0) > before);
});

test("never goes below nothing", () => {
  const left = new TimeLeft(100, 0);
  left.sample(90, 1_000);
  assert.equal(left.seconds(60_000), 0);
});

test("words change in steps", () => {
  assert.equal(timeLeftText(null), "");
  assert.equal(timeLeftText(2), "a moment left");
  assert.equal(timeLeftText(7.2), "about 10 seconds left");
  assert.equal(timeLeftText(58), "about a minute left");
  assert.equal(timeLeftText(150), "about 3 minutes left");
});
