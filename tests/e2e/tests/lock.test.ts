/** Locked means gone: nothing readable in the page, no worker that held a key, no way in. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Worker } from "playwright-core";
import { type App, SAVED_THERE } from "../harness/app.ts";
import { canary } from "../harness/canaries.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "nine lanterns under the bridge";
const TITLE = canary("title");
const TEXT = canary("text");
const TAG = canary("tag");

/** Longer than the vault may stay open untouched. */
const BEYOND_IDLE_MS = 11 * 60 * 1000;
/** The clock is looked at every ten seconds. */
const NOTICED_WITHIN_MS = 40_000;

describe("a locked vault", () => {
  let world: World;
  let device: Device;
  let app: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Ideas");
    await app.write(TITLE, `${TEXT} in the middle of a sentence`);
    const box = device.page.getByRole("textbox", { name: "Add tag", exact: true });
    await box.fill(TAG);
    await box.press("Enter");
    await app.waitForState(SAVED_THERE);
  });
  after(() => world.close());

  async function assertNothingReadable(): Promise<void> {
    const readable = await readableIn(device);
    for (const word of [TITLE, TEXT, TAG, PASSPHRASE]) {
      assert.ok(!readable.includes(word), `${word} can be read while locked`);
    }
  }

  /** What has held a key ends with it; the locked page starts a worker of its own. */
  async function assertGone(held: Worker[]): Promise<void> {
    assert.equal(held.length, 1);
    await eventually("the vault worker is gone", () =>
      device.page.workers().every((worker) => !held.includes(worker)),
    );
  }

  it("has a worker while it is open", () => {
    assert.equal(device.page.workers().length, 1);
  });

  it("leaves nothing readable in the page and no worker when locked by hand", async () => {
    await app.search(TEXT);
    await app.entry(TITLE).waitFor();
    const held = device.page.workers();
    await app.lockNow();
    await assertNothingReadable();
    await assertGone(held);
  });

  it("answers a wrong passphrase with one alert that gives no detail", async () => {
    await app.tryToUnlock(`${PASSPHRASE}?`);
    await app.alert.first().waitFor();
    assert.equal(await app.alert.count(), 1);
    const words = await app.alert.innerText();
    assert.match(words, /did not unlock/);
    assert.doesNotMatch(words, /slot|key|kdf|hash|commit|Error|\d/i);
    await app.heading("Unlock").waitFor();
    assert.equal(await app.button("Lock now").count(), 0);
    // What was made ready for the notes while the key was derived goes again.
    await eventually(
      "no workspace",
      async () => (await app.page.locator(".workspace").count()) === 0,
    );
  });

  it("gives everything back to the right passphrase", async () => {
    await app.unlock(PASSPHRASE);
    await app.go("Ideas");
    await app.openNote(TITLE);
    await eventually("the text is back", async () => (await app.text.inputValue()).includes(TEXT));
  });

  it("keeps what was typed right before Lock now", async () => {
    await app.text.pressSequentially(" and one more word");
    const held = device.page.workers();
    await app.lockNow();
    await assertNothingReadable();
    await assertGone(held);
    await app.unlock(PASSPHRASE);
    await app.go("Ideas");
    await app.openNote(TITLE);
    await eventually("the last words are there", async () =>
      (await app.text.inputValue()).includes("and one more word"),
    );
  });

  it("locks itself when nobody has touched it for ten minutes", async () => {
    const held = device.page.workers();
    await advanceClocks(device, BEYOND_IDLE_MS);
    await app.heading("Unlock").waitFor({ timeout: NOTICED_WITHIN_MS });
    await assertNothingReadable();
    await assertGone(held);
  });

  it("opens again after having locked itself", async () => {
    await device.page.reload();
    await app.unlock(PASSPHRASE);
    await app.go("Ideas");
    await app.entry(TITLE).waitFor();
  });

  it("is locked after a reload, and after the browser was started anew", async () => {
    await device.page.reload();
    await app.heading("Unlock").waitFor();
    await assertNothingReadable();
    await device.close();
    await device.start();
    app = await device.open(world.origin);
    await app.heading("Unlock").waitFor();
    await assertNothingReadable();
  });

  it("keeps nothing readable in the browser's storage", async () => {
    const stored = await storedIn(device);
    for (const word of [TITLE, TEXT, TAG, PASSPHRASE]) {
      assert.ok(!stored.includes(word), `${word} is in the browser's storage`);
    }
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});

/** Everything that a script of the page, or a glance at its DOM, could read. */
function readableIn(device: Device): Promise<string> {
  return device.page.evaluate(() => {
    const boxes = [...document.querySelectorAll<HTMLInputElement>("input, textarea")];
    return [
      document.documentElement.outerHTML,
      document.title,
      location.href,
      JSON.stringify(history.state),
      ...boxes.map((box) => box.value),
    ].join("\n");
  });
}

/** Everything in IndexedDB, Cache Storage, local and session storage, as text. */
function storedIn(device: Device): Promise<string> {
  return device.page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error("IndexedDB"));
      });
    const latin = new TextDecoder("latin1");
    const spoken = (value: unknown): string =>
      value instanceof Uint8Array ? latin.decode(value) : JSON.stringify(value);
    const words: string[] = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const rows = database.transaction(store).objectStore(store);
        words.push(JSON.stringify(await done(rows.getAllKeys())));
        words.push(...(await done(rows.getAll())).map(spoken));
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        words.push(request.url, (await (await cache.match(request))?.text()) ?? "");
      }
    }
    return words.join("\n");
  });
}

/**
 * Moves the time of day of the page and of its worker. Timers go on as before,
 * as they do on a laptop that was asleep.
 */
async function advanceClocks(device: Device, by_ms: number): Promise<void> {
  const advance = (ms: number): void => {
    const real = Date.now;
    Date.now = () => real() + ms;
  };
  await device.page.evaluate(advance, by_ms);
  for (const worker of device.page.workers()) await worker.evaluate(advance, by_ms);
}
