/** A server that comes back from a backup: it is told, asked, and made whole. */
import assert from "node:assert/strict";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "four patient lanterns drifting";

describe("a server restored from a backup", () => {
  let world: World;
  let device: Device;
  let app: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Ideas");
    await app.write("Before the backup", "In the backup.");
    await app.waitForState(SAVED_THERE);
  });
  after(() => world.close());

  it("is told in words, and nothing is lost", async () => {
    const { server } = world;
    const backup = join(server.folder, "backup");
    await server.stop();
    await cp(server.dataFolder, backup, { recursive: true });
    await server.resume();
    await app.write("After the backup", "Not in the backup.");
    await app.waitForState(SAVED_THERE);
    await server.stop();
    await rm(server.dataFolder, { recursive: true });
    await cp(backup, server.dataFolder, { recursive: true });
    await server.resume();
    await app.checkNow();
    await eventually("the app says what happened", async () =>
      (await app.syncStatus.innerText()).includes("reset or restored from a backup"),
    );
    assert.equal(await app.count(), 2);
  });

  it("is followed again once its owner says so, and has everything", async () => {
    await app.button("Details of syncing").click();
    await app.button("Follow the server again…").click();
    const dialog = device.page.getByRole("dialog", { name: "Follow the server again?" });
    await dialog.getByText("Nothing on this device is deleted.").waitFor();
    await dialog.getByRole("button", { name: "Follow it and send everything" }).click();
    await dialog.waitFor({ state: "detached" });
    await eventually("both are in step", async () =>
      /^synced/i.test(await app.syncStatus.innerText()),
    );
    const second = await world.anotherDevice(await world.server.newLink());
    await second.app.go("Ideas");
    await eventually("the second device has both", async () => (await second.app.count()) === 2);
    assert.deepEqual(second.device.faults, []);
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
