/** Which address a page that closes the vault goes to, and where it belongs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { behindLocked, otherDoor } from "../src/doors.ts";

const NOTE = "/ideas/0192f0c1-7a3e-7000-8000-000000000001";

test("a page always leaves by the door that it did not come in by", () => {
  assert.equal(otherDoor("/", NOTE), `/locked#${NOTE}`);
  assert.equal(otherDoor("/settings", "/settings"), "/locked#/settings");
  assert.equal(otherDoor("/locked", NOTE), NOTE);
});

test("both doors lead back to where the person was", () => {
  assert.equal(behindLocked(new URL(otherDoor("/", NOTE), "https://a.example").hash), NOTE);
  assert.equal(otherDoor("/locked", NOTE), NOTE);
});

test("what stands behind the second door leads nowhere but into the app", () => {
  for (const hash of [
    "",
    "#",
    "#//evil.example",
    "#https://evil.example/",
    "#/locked",
    "#/api/x",
  ]) {
    assert.equal(behindLocked(hash), "/", hash);
  }
});
