/** A device without room says so, and keeps the text until there is some. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { CDPSession } from "playwright-core";
import { type App, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "five small keys on a nail";

/** Room for the app itself and little more; less than `LONG` alone takes. */
const QUOTA_BYTES = 4_000_000;
/** What does not fit any more. */
const LONG = "All the boxes of the house. ".repeat(160_000);

describe("a device whose storage is full", () => {
  let world: World;
  let device: Device;
  let app: App;
  let browser: CDPSession;

  before(async () => {
    world = await World.open(PASSPHRASE);
    device = await world.newDevice();
    browser = await device.context.newCDPSession(device.page);
    // Before the first write: Chromium remembers for a while how much was free.
    await browser.send("Storage.overrideQuotaForOrigin", {
      origin: world.origin,
      quotaSize: QUOTA_BYTES,
    });
    app = await device.open(world.server.link);
    await app.createVault(PASSPHRASE);
    await app.go("Ideas");
    await app.write("The attic", "Boxes to the roof.");
    await app.waitForState(SAVED_THERE);
  });
  after(() => world.close());

  it("says that it is full and keeps the text in the window", async () => {
    await app.text.fill(LONG);
    await app.alert.filter({ hasText: "storage is full" }).first().waitFor();
    await app.waitForState("Not saved");
    assert.equal(await app.text.inputValue(), LONG);
  });

  it("asks before it locks text away that is in the window only", async () => {
    await app.button("Lock now").first().click();
    await app.heading("Some text is not saved").waitFor();
    await app.button("Stay").click();
    assert.equal(await app.text.inputValue(), LONG);
  });

  it("saves by itself once there is room", async () => {
    await browser.send("Storage.overrideQuotaForOrigin", { origin: world.origin });
    await app.waitForState(SAVED_THERE);
    await app.lockNow();
    await app.unlock(PASSPHRASE);
    await app.search("boxes of the house");
    await app.entry("The attic").waitFor();
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
