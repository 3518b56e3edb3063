/** A person's first day: sign in, create a vault, write, find, lock, unlock. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_HERE, SAVED_THERE } from "../harness/app.ts";
import type { Device } from "../harness/device.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "seven quiet herons at dawn";

describe("the first day", () => {
  let world: World;
  let device: Device;
  let app: App;

  before(async () => {
    world = await World.open(PASSPHRASE);
    device = await world.newDevice();
    app = await device.open(world.server.link);
  });
  after(() => world.close());

  it("signs in with the printed link and takes the token out of the address", async () => {
    await app.heading("Create your vault").waitFor();
    assert.doesNotMatch(device.page.url(), /#./);
  });

  it("says that nobody can reset a lost passphrase", async () => {
    assert.match(await device.page.locator("body").innerText(), /reset|recover/i);
  });

  it("refuses two passphrases that differ", async () => {
    await app.passwordBox("Passphrase").fill(PASSPHRASE);
    await app.passwordBox("Repeat passphrase").fill(`${PASSPHRASE}!`);
    await app.button("Create vault").click();
    await app.alert.first().waitFor();
    await app.heading("Create your vault").waitFor();
  });

  it("refuses a passphrase that is too short", async () => {
    await app.passwordBox("Passphrase").fill("short");
    await app.passwordBox("Repeat passphrase").fill("short");
    await app.button("Create vault").click();
    await app.alert.filter({ hasText: "8 characters" }).first().waitFor();
  });

  it("creates a vault and shows the notes screen", async () => {
    await app.createVault(PASSPHRASE);
    await app.searchBox.waitFor();
    await app.button("Import").waitFor();
  });

  it("writes an idea, an infobase entry and a journal entry, each where it belongs", async () => {
    for (const [section, title] of [
      ["Ideas", "A kite for the harbour"],
      ["Infobase", "How to splice a rope"],
      ["Journal", "The first evening"],
    ] as const) {
      await app.go(section);
      await app.write(title, `Text of ${title}.`);
      await app.waitForState(SAVED_THERE);
      await app.entry(title).waitFor();
      assert.equal(await app.count(), 1, section);
    }
  });

  it("says saving, then saved on this device, then saved on the server", async () => {
    await app.go("Ideas");
    await app.openNote("A kite for the harbour");
    await watchStates(app);
    await app.text.pressSequentially(" With a long tail.");
    await app.waitForState(SAVED_THERE);
    const seen = await statesSeen(app);
    const order = ["Saving", SAVED_HERE, SAVED_THERE].map((state) =>
      seen.findIndex((text) => text.includes(state)),
    );
    assert.ok(
      order.every((at) => at >= 0),
      `saw only ${seen.join(" | ")}`,
    );
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  it("shows the Markdown as a preview", async () => {
    await app.text.fill("# Kites\n\nA **long** tail and a [link](https://example.org).");
    await app.button("Preview").click();
    await app.heading("Kites").waitFor();
    assert.equal(await device.page.locator("strong", { hasText: "long" }).count(), 1);
    await app.button("Preview").click();
    await app.text.waitFor();
  });

  it("runs nothing that stands in a note, and asks for no picture from elsewhere", async () => {
    const before = world.wire.said.requests.length;
    const elsewhere: string[] = [];
    device.context.on("request", (request) => {
      if (!request.url().startsWith(world.origin)) elsewhere.push(request.url());
    });
    await app.text.fill(
      "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>\n\n" +
        "![picture](https://example.org/secret.png) [go](javascript:document.title='run')",
    );
    await app.button("Preview").click();
    await app.waitForState(SAVED_THERE);
    assert.notEqual(await device.page.title(), "run");
    assert.equal(await device.page.locator('a[href^="javascript:"]').count(), 0);
    assert.deepEqual(
      elsewhere.filter((url) => /^https?:/.test(url)),
      [],
    );
    const asked = world.wire.said.requests.slice(before);
    assert.deepEqual(
      asked.filter((line) => !/ \/(api|v1|assets)\//.test(line)),
      [],
    );
    await app.button("Preview").click();
  });

  it("tags a note and finds it by its tag", async () => {
    await app.text.fill("With a long tail.");
    const box = device.page.getByRole("textbox", { name: "Add tag", exact: true });
    await box.fill("seaside");
    await box.press("Enter");
    await app.waitForState(SAVED_THERE);
    await app.search("seaside");
    await app.entry("A kite for the harbour").waitFor();
    await app.search("");
  });

  it("deletes a note and brings it back with Undo", async () => {
    await app.go("Journal");
    await app.openNote("The first evening");
    await app.button("Delete").click();
    await app.entry("The first evening").waitFor({ state: "detached" });
    await app.button("Undo").click();
    await app.entry("The first evening").waitFor();
    await app.openNote("The first evening");
    await eventually("the text is back", async () =>
      (await app.text.inputValue()).includes("Text of The first evening."),
    );
  });

  it("keeps a deleted note deleted over a reload", async () => {
    await app.button("Delete").click();
    await app.entry("The first evening").waitFor({ state: "detached" });
    await eventually("the server has the deletion", async () =>
      /synced|up to date|saved/i.test(await app.syncStatus.innerText()),
    );
    await device.page.reload();
    await app.unlock(PASSPHRASE);
    await app.go("Journal");
    assert.equal(await app.count(), 0);
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});

/** Notes in the page every text that the save state takes. */
async function watchStates(app: App): Promise<void> {
  await app.saveState.evaluate((element) => {
    const seen: string[] = [];
    (window as unknown as { seen: string[] }).seen = seen;
    const note = (): void => void seen.push(element.textContent);
    new MutationObserver(note).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
}

function statesSeen(app: App): Promise<string[]> {
  return app.page.evaluate(() => (window as unknown as { seen: string[] }).seen);
}
