/** Throwing the vault away: only with a fresh sign-in and the words typed out. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "nobody will ever know this";

describe("resetting the vault", () => {
  let world: World;
  let device: Device;
  let app: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Ideas");
    await app.write("The lost word", "It was on a slip of paper.");
    await app.waitForState(SAVED_THERE);
    await app.lockNow();
  });
  after(() => world.close());

  it("wants the words before the button does anything", async () => {
    await app.button("Reset the vault…").click();
    const words = app.page.getByLabel("Type “delete everything”");
    await words.press("Enter");
    await words.fill("delete");
    assert.equal(await app.button("Reset the vault").getAttribute("aria-disabled"), "true");
    await words.press("Enter");
    await app.button("Keep the vault").click();
    await app.unlock(PASSPHRASE);
    await app.entry("The lost word").waitFor();
    await app.lockNow();
  });

  it("destroys the notes and begins anew", async () => {
    await app.button("Reset the vault…").click();
    await app.page.getByLabel("Type “delete everything”").fill("delete everything");
    await app.button("Reset the vault").click();
    await app.createVault("a new word, well kept");
    await app.go("Ideas");
    assert.equal(await app.count(), 0);
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
