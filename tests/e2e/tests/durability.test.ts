/** What was typed a second ago survives the death of the browser. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type App, SAVED_HERE, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "four wooden boats in the reeds";

/** Every keystroke is safe within a second. */
const SAFE_WITHIN_MS = 1000;

describe("a browser that is killed", () => {
  let world: World;
  let device: Device;
  let app: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Journal");
  });
  after(() => world.close());

  /** Kills the browser, starts it again and opens the note. */
  async function killAndReopen(title: string): Promise<void> {
    await device.kill();
    await device.start();
    app = await device.open(world.origin);
    await app.unlock(PASSPHRASE);
    await app.go("Journal");
    await app.openNote(title);
  }

  /** The text of the open note once it is loaded. */
  async function loadedText(): Promise<string> {
    await eventually("the text is loaded", async () => (await app.text.inputValue()) !== "");
    return app.text.inputValue();
  }

  it("has lost nothing that was typed a second before", async () => {
    await app.write("Before the storm", "");
    await app.text.pressSequentially("The barometer fell all afternoon.");
    await pause(SAFE_WITHIN_MS);
    await killAndReopen("Before the storm");
    assert.equal(await loadedText(), "The barometer fell all afternoon.");
  });

  it("has lost nothing of an older note that was being edited", async () => {
    await app.waitForState(SAVED_THERE);
    await app.text.press("End");
    await app.text.pressSequentially(" Then the wind turned.");
    await pause(SAFE_WITHIN_MS);
    await killAndReopen("Before the storm");
    assert.equal(await loadedText(), "The barometer fell all afternoon. Then the wind turned.");
  });

  it("has everything that was shown as saved, at whatever moment it died", async () => {
    for (const life_ms of [350, 800, 1400]) {
      await app.text.fill("count:");
      await app.waitForState(SAVED_HERE).catch(() => app.waitForState(SAVED_THERE));
      const shown = await typeAndDie(life_ms);
      const text = await loadedText();
      assert.ok(text.startsWith(shown), `"${shown}" was shown as saved, "${text}" was there`);
    }
  });

  /** Types until the end comes; returns the longest text that was shown as saved. */
  async function typeAndDie(life_ms: number): Promise<string> {
    const end = Date.now() + life_ms;
    let shown = "count:";
    for (let number = 0; Date.now() < end; number += 1) {
      await app.text.pressSequentially(` ${number}`);
      const [text, state] = await app.page.evaluate((): [string, string] => [
        document.querySelector("textarea")?.value ?? "",
        document.querySelector('[role="status"][aria-label="Save state"]')?.textContent ?? "",
      ]);
      if (state.includes("Saved")) shown = text;
    }
    await killAndReopen("Before the storm");
    return shown;
  }
});
