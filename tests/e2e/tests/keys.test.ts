/** Another passphrase, recovery codes, a new vault key: nothing is lost on the way. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { notesFolder } from "../harness/places.ts";
import { Security } from "../harness/security.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const FIRST = "a grey heron by the weir";
const SECOND = "two red kites over the ridge";
const THIRD = "three swifts under the eaves";
const NOTES = 340;
/** A poll, its jitter, and the way there and back. */
const HEARD_WITHIN_MS = 75_000;
/** Sealing a few hundred notes anew, in slices, and sending them. */
const RESEALED_WITHIN_MS = 120_000;

describe("the keys of a vault", () => {
  let world: World;
  let device: Device;
  let app: App;
  let security: Security;
  let codes: string[];

  before(async () => {
    world = await World.open(FIRST);
    ({ device, app } = await world.firstDevice());
    security = new Security(app);
    await app.import("folder", [notesFolder]);
    await app.go("Ideas");
    await app.write("The brass key", "Under the third pot.");
    await app.waitForState(SAVED_THERE);
  });
  after(() => world.close());

  async function assertAllThere(): Promise<void> {
    await app.go("Infobase");
    await eventually("all notes are there", async () => (await app.count()) === NOTES, 60_000);
    await app.go("Ideas");
    await app.openNote("The brass key");
    await eventually("the text", async () => (await app.text.inputValue()).includes("third pot"));
  }

  it("stay as they are if the present passphrase is mistyped", async () => {
    await security.changePassphrase(`${FIRST}?`, SECOND);
    await app.alert.filter({ hasText: "did not unlock" }).waitFor();
    await security.dialog.getByRole("button", { name: "Cancel" }).click();
  });

  it("open with a changed passphrase, and no longer with the old one", async () => {
    await security.changePassphrase(FIRST, SECOND);
    await security.dialog.waitFor({ state: "hidden", timeout: 60_000 });
    await app.lockNow();
    await app.tryToUnlock(FIRST);
    await app.alert.filter({ hasText: "did not unlock" }).waitFor();
    await app.unlock(SECOND);
    await assertAllThere();
  });

  it("get eight recovery codes that are shown once", async () => {
    codes = await security.makeCodes(SECOND);
    assert.equal(codes.length, 8);
    assert.equal(new Set(codes).size, 8);
    for (const code of codes)
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{5}-){6}[0-9A-HJKMNP-TV-Z]{5}$/);
    assert.equal((await security.codeRows()).length, 8);
    const page = await device.page.evaluate(() => document.documentElement.outerHTML);
    for (const code of codes) assert.ok(!page.includes(code), "a code is still in the page");
  });

  it("lose one code when it is revoked", async () => {
    await app.button("Revoke Code 8").click();
    await security.dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await eventually("seven are left", async () => (await security.codeRows()).length === 7);
  });

  it("tell a mistyped character while a code is typed", async () => {
    await app.lockNow();
    await app.button("Use a recovery code").click();
    const [code = ""] = codes;
    const wrong = `${code.slice(0, 7)}${code[7] === "7" ? "8" : "7"}${code.slice(8)}`;
    await security.codeBox.fill(wrong.slice(0, 12));
    await device.page.getByText("Group 2 is mistyped").waitFor();
    await security.codeBox.fill("");
    await app.button("Use the passphrase instead").click();
  });

  it("refuse a code that was revoked", async () => {
    await security.unlockWithCode(codes[7] ?? "");
    await app.alert.first().waitFor();
    await app.button("Use the passphrase instead").click();
  });

  it("open with a code, which asks for a new passphrase and renews the key", async () => {
    await security.unlockWithCode(codes[0] ?? "");
    await security.setNewPassphrase(THIRD);
    const renewed = await security.takeFreshCodes();
    assert.equal(renewed.length, 8);
    assert.ok(renewed.every((code) => !codes.includes(code)));
    await app.button("Lock now").waitFor();
    await assertAllThere();
  });

  it("take no code twice, and no old passphrase", async () => {
    await app.lockNow();
    await app.tryToUnlock(SECOND);
    await app.alert.filter({ hasText: "did not unlock" }).waitFor();
    await security.unlockWithCode(codes[0] ?? "");
    await app.alert.first().waitFor();
    await app.button("Use the passphrase instead").click();
    await app.unlock(THIRD);
  });

  it("are renewed while another device is open: it asks once more and has everything", async () => {
    const link = await world.server.newLink();
    const passphrase = THIRD;
    const other = await world.newDevice();
    const there = await other.open(link);
    await there.unlock(passphrase);
    await there.page.getByText("A recovery code opened this vault").waitFor();
    await app.go("Settings");
    await security.confirm("Renew the key", passphrase, "Renew the key");
    await security.takeFreshCodes();
    await there.heading("Unlock").waitFor({ timeout: HEARD_WITHIN_MS });
    await there.page.getByText("The vault key was renewed").waitFor();
    await there.unlock(passphrase);
    await there.go("Ideas");
    await there.openNote("The brass key");
    await there.text.fill("Under the fourth pot, no longer the third pot.");
    await there.waitForState(SAVED_THERE);
    await eventually(
      "everything is sealed anew",
      async () => (await device.page.getByText("Sealing notes anew").count()) === 0,
      RESEALED_WITHIN_MS,
    );
    await assertAllThere();
  });

  it("can be strengthened, and notes open before, during and after", async () => {
    await app.go("Settings");
    await security.confirm("Strengthen the vault", THIRD, "Strengthen");
    await security.dialog.waitFor({ state: "hidden", timeout: 60_000 });
    await assertAllThere();
    await app.lockNow();
    await app.unlock(THIRD);
    await assertAllThere();
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
