/** What is said of locks, spans of time, and codes to keep. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LockView } from "@lockstep/vault";
import { lockWords } from "../src/screens/lock-words.ts";
import { codesAsText } from "../src/security/codes-text.ts";
import { spanText } from "../src/security/span-text.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 12);

function lock(change: Partial<LockView>): LockView {
  return {
    reason: "manual",
    at_ms: NOW_MS - 120_000,
    tier: "vault",
    by: "other_device",
    device_name: "Phone",
    lifted_by: "passphrase",
    ...change,
  };
}

test("a lock from another device names that device", () => {
  assert.equal(lockWords(lock({}), NOW_MS), "Locked 2 minutes ago from Phone.");
  assert.equal(
    lockWords(lock({ device_name: null }), NOW_MS),
    "Locked 2 minutes ago from another device.",
  );
});

test("a lock by one's own hand needs no words", () => {
  assert.equal(lockWords(lock({ by: "this_device", tier: "device" }), NOW_MS), null);
  assert.equal(lockWords(null, NOW_MS), null);
});

test("a lock that only an administrator lifts says so", () => {
  const words = lockWords(
    lock({ by: "server", reason: "administrator", lifted_by: "administrator" }),
    NOW_MS,
  );
  assert.match(words ?? "", /whoever runs the server/);
  assert.match(words ?? "", /only they can/);
});

test("spans of time are said in whole words", () => {
  const said = [0, 10_000, 60_000, 300_000, 3_600_000].map(spanText);
  assert.deepEqual(said, [
    "At once",
    "After 10 seconds",
    "After a minute",
    "After 5 minutes",
    "After an hour",
  ]);
});

test("codes are kept with what they are for", () => {
  const code = { id: "1", label: "Code 1", code: "AAAAA-BBBBB" };
  const text = codesAsText([code, { ...code, code: "CCCCC-DDDDD" }], "notes.example", "today");
  assert.match(text, /^Lockstep recovery codes for notes\.example, made on today\n/);
  assert.match(text, /\n1\. AAAAA-BBBBB\n2\. CCCCC-DDDDD\n$/);
});
