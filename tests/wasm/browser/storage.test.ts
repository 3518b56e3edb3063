/**
 * The browser's storage at its worst:
 *
 * 1. A full disk is told with a code of its own and loses nothing.
 * 2. A database of a newer version is left alone.
 * 3. A newer version that asks for the database gets it at once.
 * 4. A database that was deleted under our feet is not written to, and comes
 *    back from the server.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PASSPHRASE, World } from "./harness/world.ts";

test("a full disk is told and loses nothing", async (t) => {
  const world = await World.start(t);
  const page = await world.page(await world.device());
  const devtools = await page.context().newCDPSession(page);
  const origin = world.server.origin;
  // Before the first write: Chromium remembers for a while how much was free.
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 2_000_000 });
  await world.create(page);
  await page.evaluate(() => vault.put([{ kind: "idea", title: "Kept", text: "as it is" }]));
  const refused = await page.evaluate(() =>
    attempt(() => vault.put([{ kind: "idea", title: "Lost?", text: "x".repeat(3_000_000) }])),
  );
  assert.equal("code" in refused && refused.code, "storage_full");

  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  const titles = await page.evaluate(async (passphrase) => {
    await vault.put([{ kind: "idea", title: "Afterwards" }]);
    await vault.lock();
    await vault.unlock(passphrase);
    return (await vault.list({ limit: 10 })).items.map((item) => item.title);
  }, PASSPHRASE);
  assert.deepEqual(titles.sort(), ["Afterwards", "Kept"]);
});

test("a database of a newer version is left alone", async (t) => {
  const world = await World.start(t);
  const page = await world.page(await world.device());
  const answers = await page.evaluate(async () => {
    const opening = indexedDB.open("lockstep", 99);
    await new Promise((resolve) => (opening.onsuccess = resolve));
    opening.result.close();
    globalThis.vault = await lockstep.Lockstep.open();
    const answers = [await attempt(() => vault.state()), await attempt(() => vault.sync())];
    const [{ version } = { version: 0 }] = await indexedDB.databases();
    return { answers, version };
  });
  for (const answer of answers.answers) {
    assert.equal("code" in answer && answer.code, "storage_newer");
  }
  assert.equal(answers.version, 99);
});

test("a newer version that asks for the database gets it at once", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const { came, late } = await page.evaluate(async () => {
    const opening = indexedDB.open("lockstep", 99);
    const came = await new Promise((resolve) => {
      opening.onsuccess = () => resolve("upgraded");
      opening.onblocked = () => resolve("blocked");
    });
    return { came, late: await attempt(() => vault.put([{ kind: "idea", title: "Late" }])) };
  });
  assert.equal(came, "upgraded");
  assert.equal("code" in late && late.code, "storage_newer");
});

test("a database that was deleted is not written to, and comes back from the server", async (t) => {
  const world = await World.start(t);
  const page = await world.created(await world.device());
  const late = await page.evaluate(async () => {
    await vault.put([{ kind: "idea", title: "Kept" }]);
    await vault.sync();
    const deleting = indexedDB.deleteDatabase("lockstep");
    await new Promise((resolve) => (deleting.onsuccess = resolve));
    return attempt(() => vault.put([{ kind: "idea", title: "Late" }]));
  });
  assert.equal("code" in late && late.code, "storage_failed");

  const titles = await page.evaluate(async (passphrase) => {
    vault.close();
    globalThis.vault = await lockstep.Lockstep.open();
    await vault.unlock(passphrase);
    await vault.sync();
    return (await vault.list({ limit: 10 })).items.map((item) => item.title);
  }, PASSPHRASE);
  assert.deepEqual(titles, ["Kept"]);
});
