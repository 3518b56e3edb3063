/** One vault, one tab: a second tab says so and can take over. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { App, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "two blue cups on the sill";

describe("a second tab", () => {
  let world: World;
  let device: Device;
  let app: App;
  let other: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Ideas");
    await app.write("The first tab", "Was here first.");
    await app.waitForState(SAVED_THERE);
    other = new App(await device.context.newPage());
    await other.page.goto(world.origin);
  });
  after(() => world.close());

  it("says that the vault is open elsewhere and shows nothing of it", async () => {
    await other.button("Use it here").waitFor();
    const words = await other.page.locator("body").innerText();
    assert.doesNotMatch(words, /The first tab/);
    assert.equal(await app.button("Lock now").count(), 1);
  });

  it("takes over when asked, and the first tab ends its worker and shows nothing", async () => {
    await other.button("Use it here").click();
    await other.unlock(PASSPHRASE);
    await other.go("Ideas");
    await other.entry("The first tab").waitFor();
    await app.button("Use it here").waitFor();
    await eventually("the first worker is gone", () => app.page.workers().length === 0);
    assert.doesNotMatch(await app.page.locator("body").innerText(), /The first tab/);
  });

  it("gives the vault back to the first tab", async () => {
    await app.page.bringToFront();
    await app.button("Use it here").click();
    await app.unlock(PASSPHRASE);
    await app.go("Ideas");
    await app.entry("The first tab").waitFor();
    await other.button("Use it here").waitFor();
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
