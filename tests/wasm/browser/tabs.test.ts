/**
 * Several tabs, one vault:
 *
 * 1. A second tab is told that the vault is open elsewhere, and may take it.
 * 2. The tab that it was taken from has no worker left and is told so.
 * 3. A worker that was overtaken without noticing cannot write.
 * 4. A closed vault can be opened by the next tab.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PASSPHRASE, workers, World } from "./harness/world.ts";

test("a second tab is told, and takes the vault over", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  const first = await world.created(device);
  const second = await world.page(device);
  const refused = await second.evaluate(() => attempt(() => lockstep.Lockstep.open()));
  assert.equal("code" in refused && refused.code, "open_elsewhere");

  const taken = await second.evaluate(async (passphrase) => {
    globalThis.vault = await lockstep.Lockstep.takeOver();
    return [await vault.state(), await vault.unlock(passphrase)] as const;
  }, PASSPHRASE);
  assert.deepEqual(
    taken.map((state) => state.phase),
    ["locked", "unlocked"],
  );

  await first.waitForFunction(() => notices.some((notice) => notice.type === "taken_over"));
  await workers(first, 0);
  const late = await first.evaluate(() => attempt(() => vault.state()));
  assert.equal("code" in late && late.code, "open_elsewhere");
});

test("a worker that was overtaken without noticing cannot write", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const late = await page.evaluate(async () => {
    await vault.put([{ kind: "idea", title: "Before" }]);
    // Another worker on the same database, as a tab that took the lock while
    // this one was frozen would have started it.
    const other = new Worker(
      // The page enforces Trusted Types.
      (
        globalThis as unknown as {
          trustedTypes: {
            createPolicy: (
              name: string,
              rules: object,
            ) => { createScriptURL: (url: string) => string };
          };
        }
      ).trustedTypes
        .createPolicy("test", { createScriptURL: (url: string) => url })
        .createScriptURL("/pkg/worker.js"),
      { type: "module" },
    );
    const answered = new Promise((resolve) => other.addEventListener("message", resolve));
    const wasm = new URL("/pkg/lockstep_bg.wasm", location.href).href;
    other.postMessage({ start: { server: location.origin, name: "lockstep", wasm } });
    other.postMessage({ id: 1, command: { type: "state" } });
    await answered;
    const first = await attempt(() => vault.put([{ kind: "idea", title: "After" }]));
    const second = await attempt(() => vault.list({ limit: 10 }));
    other.terminate();
    return [first, second];
  });
  for (const answer of late) assert.equal("code" in answer && answer.code, "open_elsewhere");

  const titles = await page.evaluate(async (passphrase) => {
    vault.close();
    globalThis.vault = await lockstep.Lockstep.open();
    await vault.unlock(passphrase);
    return (await vault.list({ limit: 10 })).items.map((item) => item.title);
  }, PASSPHRASE);
  assert.deepEqual(titles, ["Before"]);
});

test("a closed vault is free for the next", async (t) => {
  const world = await World.start(t);
  const device = await world.device();
  const first = await world.created(device);
  await first.evaluate(() => vault.close());
  await workers(first, 0);
  const second = await world.opened(device);
  assert.equal((await second.evaluate(() => vault.state())).phase, "locked");
  const late = await first.evaluate(() => attempt(() => vault.state()));
  assert.equal("code" in late && late.code, "stopped");
});
