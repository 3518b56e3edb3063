/** What the service worker answers itself, and what it leaves alone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheName, decide, LOCKED_PATH, outdated, SHELL_PATH } from "../src/policy.ts";

const ORIGIN = "https://vault.example";
const FILES = new Set([SHELL_PATH, LOCKED_PATH, "/assets/app-1234.js"]);

function asked(path: string, mode = "cors", method = "GET") {
  return decide({ method, mode, url: new URL(path, ORIGIN).href }, ORIGIN, FILES);
}

test("serves a file of the build", () => {
  assert.deepEqual(asked("/assets/app-1234.js"), { do: "serve", path: "/assets/app-1234.js" });
});

test("opens the app at any of its addresses", () => {
  for (const path of ["/", "/ideas", "/infobase/0192", "/sign-in", "/apiary"]) {
    assert.deepEqual(asked(path, "navigate"), { do: "serve", path: SHELL_PATH }, path);
  }
});

test("keeps the locked page apart from the app's page", () => {
  assert.deepEqual(asked("/locked", "navigate"), { do: "serve", path: LOCKED_PATH });
  assert.deepEqual(asked("/locked/x", "navigate"), { do: "serve", path: SHELL_PATH });
});

test("never touches what belongs to the server", () => {
  for (const path of [
    "/api/vault",
    "/api",
    "/v1/sync/upload",
    "/health",
    "/api/sync/poll?since=3",
  ]) {
    assert.deepEqual(asked(path, "navigate"), { do: "pass" }, path);
    assert.deepEqual(asked(path), { do: "pass" }, path);
  }
});

test("passes writes, other origins and unknown files", () => {
  assert.deepEqual(asked("/assets/app-1234.js", "cors", "POST"), { do: "pass" });
  assert.deepEqual(asked("https://elsewhere.example/index.html"), { do: "pass" });
  assert.deepEqual(asked("/assets/gone.js"), { do: "pass" });
});

test("only caches of other builds are outdated", () => {
  assert.deepEqual(outdated([cacheName("a"), cacheName("b"), "someone-elses"], "b"), [
    cacheName("a"),
  ]);
});
