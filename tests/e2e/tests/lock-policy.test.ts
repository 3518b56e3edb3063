/** When a vault locks, on which devices, and what becomes of typing. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "the ferry bell rings twice";
/** A poll, its jitter, and the way there and back. */
const HEARD_WITHIN_MS = 75_000;

describe("the lock policy", () => {
  let world: World;
  let device: Device;
  let app: App;
  let other: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
    await app.go("Ideas");
    await app.write("The night ferry", "Leaves at nine.");
    await app.waitForState(SAVED_THERE);
    ({ app: other } = await world.anotherDevice(await world.server.newLink()));
  });
  after(() => world.close());

  it("keeps what is set over a lock", async () => {
    await app.go("Settings");
    await app.page.getByLabel("When nobody uses it").selectOption({ label: "After 30 minutes" });
    await app.lockNow();
    await app.unlock(PASSPHRASE);
    await app.go("Settings");
    const idle = app.page.getByLabel("When nobody uses it");
    await eventually("half an hour", async () => (await idle.inputValue()) === "1800000");
  });

  it("locks every device at the word of one, and says from where", async () => {
    await other.go("Ideas");
    await other.openNote("The night ferry");
    const [holder] = other.page.workers();
    assert.ok(holder);
    await app.go("Settings");
    await app.button("Lock all devices").click();
    await app.heading("Unlock").waitFor();
    await other.heading("Unlock").waitFor({ timeout: HEARD_WITHIN_MS });
    await other.page.getByText(/^Locked .* from /).waitFor();
    await eventually(
      "the worker that held the key is gone",
      () => !other.page.workers().includes(holder),
    );
    assert.ok(!(await other.page.content()).includes("Leaves at nine"));
  });

  it("opens everywhere again with the passphrase", async () => {
    await app.unlock(PASSPHRASE);
    await other.unlock(PASSPHRASE);
    await other.go("Ideas");
    await other.openNote("The night ferry");
    await other.text.fill("Leaves at ten.");
    await other.waitForState(SAVED_THERE);
  });

  it("keeps typing on a device that is locked from elsewhere", async () => {
    await app.go("Settings");
    await app.button("Lock all devices").click();
    await app.heading("Unlock").waitFor();
    const unlock = other.heading("Unlock");
    let typed = 0;
    while (!(await unlock.isVisible())) {
      await other.text.pressSequentially("a", { timeout: 2_000 }).then(
        () => (typed += 1),
        () => undefined,
      );
      await other.page.waitForTimeout(200);
    }
    await app.unlock(PASSPHRASE);
    await other.unlock(PASSPHRASE);
    await other.go("Ideas");
    const back = other.button("Bring it back");
    // What was kept is asked for once the vault is open.
    const kept = await back.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
    if (kept) await back.click();
    else await other.openNote("The night ferry");
    const letters = async (): Promise<number> =>
      (await other.text.inputValue()).split("a").length - "Leaves at ten.".split("a").length;
    // The last keystroke may have met a page that was already locked.
    await eventually("what was typed is back", async () => (await letters()) >= typed - 1);
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
