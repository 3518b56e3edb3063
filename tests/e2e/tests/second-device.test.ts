/** Two devices of one person show the same notes, and work without a server. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_HERE, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { notesFolder } from "../harness/places.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "one bell above the valley";
const NOTES = 340;
/** The poll interval, its jitter, and the way there and back. */
const SEEN_WITHIN_MS = 75_000;

describe("a second device", () => {
  let world: World;
  let first: Device;
  let second: Device;
  let app: App;
  let other: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    ({ device: first, app } = await world.firstDevice());
    await app.import("folder", [notesFolder]);
    await app.go("Ideas");
    await app.write("The long table", "Oak, for twelve.");
    await app.waitForState(SAVED_THERE);
  });
  after(() => world.close());

  it("signs in with a link that the settings make, and asks for the passphrase", async () => {
    const link = await linkFromSettings(app);
    assert.match(link, /\/sign-in#\S{20,}/);
    second = await world.newDevice();
    other = await second.open(link);
    await other.heading("Unlock").waitFor();
  });

  it("shows all notes after the passphrase", async () => {
    await other.unlock(PASSPHRASE);
    await other.go("Infobase");
    await eventually("all notes are there", async () => (await other.count()) === NOTES, 60_000);
    await other.search("アーカイブ");
    await other.entry("tar").first().waitFor();
    await other.search("");
  });

  it("shows its edit on the first within the poll interval", async () => {
    await other.go("Ideas");
    await other.openNote("The long table");
    await other.text.fill("Oak, for fourteen.");
    await other.waitForState(SAVED_THERE);
    await app.go("Ideas");
    await app.openNote("The long table");
    await eventually(
      "the edit of the second",
      async () => (await app.text.inputValue()) === "Oak, for fourteen.",
      SEEN_WITHIN_MS,
    );
  });

  it("shows a new note and a deletion of the first within the poll interval", async () => {
    await app.write("The round bench", "Beech.");
    await app.waitForState(SAVED_THERE);
    await other.entry("The round bench").waitFor({ timeout: SEEN_WITHIN_MS });
    await app.openNote("The round bench");
    await app.button("Delete").click();
    await other.entry("The round bench").waitFor({ state: "detached", timeout: SEEN_WITHIN_MS });
  });

  it("lists both devices in the settings", async () => {
    await app.go("Settings");
    const devices = first.page.getByRole("list", { name: "Devices", exact: true });
    await devices.getByRole("listitem").nth(1).waitFor();
    assert.match(await devices.innerText(), /This device/);
  });

  it("refuses a link that was used, in words", async () => {
    const link = await world.server.newLink();
    const third = await world.anotherDevice(link);
    await third.device.close();
    const fourth = await world.newDevice();
    const stranger = await fourth.open(link);
    await stranger.alert.filter({ hasText: "used already or has expired" }).first().waitFor();
  });

  it("starts, unlocks and takes edits while the server is away", async () => {
    await first.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await world.server.stop();
    await first.page.reload();
    await app.unlock(PASSPHRASE);
    await app.go("Ideas");
    await app.entry("The long table").waitFor();
    await app.write("The empty chair", "Written without a server.");
    await app.waitForState(SAVED_HERE);
    await app.syncStatus.filter({ hasText: /offline|reach/i }).waitFor();
  });

  it("finds notes while the server is away", async () => {
    await app.search("utilidad de archiv");
    await app.entry("tar").first().waitFor();
    await app.search("");
  });

  it("sends what was written once the server is back, and the other sees it", async () => {
    await world.server.resume();
    await app.go("Ideas");
    await app.openNote("The empty chair");
    await app.saveState.filter({ hasText: SAVED_THERE }).waitFor({ timeout: 120_000 });
    await other.go("Ideas");
    await other.entry("The empty chair").waitFor({ timeout: SEEN_WITHIN_MS });
  });

  it("keeps both texts when both were edited apart", async () => {
    await other.openNote("The long table");
    await world.server.stop();
    await other.text.fill("Walnut, said the second.");
    await other.waitForState(SAVED_HERE);
    await app.openNote("The long table");
    await app.text.fill("Cherry, said the first.");
    await app.waitForState(SAVED_HERE);
    await world.server.resume();
    await app.saveState.filter({ hasText: SAVED_THERE }).waitFor({ timeout: 120_000 });
    for (const [words, wood] of [
      ["Walnut said second", "Walnut"],
      ["Cherry said first", "Cherry"],
    ] as const) {
      await app.search(words);
      await app.entry(wood).first().waitFor({ timeout: 120_000 });
    }
  });

  it("met no fault on the way", () => {
    assert.deepEqual(first.faults, []);
    assert.deepEqual(second.faults, []);
  });
});

/** Presses "New sign-in link" and reads the link off the screen. */
async function linkFromSettings(app: App): Promise<string> {
  await app.go("Settings");
  await app.button("New sign-in link").click();
  const onScreen = (): Promise<string | undefined> =>
    app.page.evaluate(() => {
      const boxes = [...document.querySelectorAll<HTMLInputElement>("input, textarea")];
      const words = [document.body.innerText, ...boxes.map((box) => box.value)].join("\n");
      return /https?:\S+\/sign-in#\S+/.exec(words)?.[0];
    });
  await eventually("a link is on the screen", async () => (await onScreen()) !== undefined);
  const link = await onScreen();
  assert.ok(link !== undefined);
  return link;
}
