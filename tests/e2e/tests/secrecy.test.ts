/** No word of a note, a title or a tag, and no passphrase, leaves a device. */
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type App, SAVED_THERE } from "../harness/app.ts";
import { canary, found } from "../harness/canaries.ts";
import type { Device } from "../harness/device.ts";
import { filesBelow, removeFolder, temporaryFolder } from "../harness/temporary.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const CANARIES = {
  passphrase: canary("pass"),
  title: canary("title"),
  text: canary("text"),
  tag: canary("tag"),
  draft: canary("draft"),
  query: canary("query"),
  file: canary("file"),
  folder: canary("folder"),
  heading: canary("heading"),
  wrong: canary("wrong"),
};
const WORDS = Object.values(CANARIES);

describe("what a server is given", () => {
  let world: World;
  let device: Device;
  let app: App;
  let folder: string;

  before(async () => {
    folder = await temporaryFolder("secrecy");
    world = await World.open(CANARIES.passphrase);
    ({ device, app } = await world.firstDevice());
    await liveALittle();
  });
  after(async () => {
    await world.close();
    await removeFolder(folder);
  });

  /** Plants every canary where a person would put such a word. */
  async function liveALittle(): Promise<void> {
    await app.go("Journal");
    await app.write(CANARIES.title, `${CANARIES.text} stands in a sentence.`);
    const box = device.page.getByRole("textbox", { name: "Add tag", exact: true });
    await box.fill(CANARIES.tag);
    await box.press("Enter");
    await app.waitForState(SAVED_THERE);
    await app.text.pressSequentially(` ${CANARIES.draft}`);
    await app.waitForState(SAVED_THERE);
    await app.search(CANARIES.query);
    await app.search("");
    const inside = join(folder, CANARIES.folder);
    await mkdir(inside);
    await writeFile(join(inside, `${CANARIES.file}.md`), `# ${CANARIES.heading}\n\nText.\n`);
    await app.import("folder", [folder]);
    await app.search(CANARIES.heading);
    await app.entry(CANARIES.heading).waitFor();
    await app.search("");
    await app.lockNow();
    await app.tryToUnlock(CANARIES.wrong);
    await app.alert.first().waitFor();
    await app.unlock(CANARIES.passphrase);
    const another = await world.anotherDevice(await world.server.newLink());
    await another.app.go("Infobase");
    await another.app.entry(CANARIES.heading).waitFor({ timeout: 60_000 });
    await eventually("the upload ended", async () => (await app.syncStatus.innerText()) !== "");
  }

  it("would be seen by this test if it were there", () => {
    const sentence = `so: ${CANARIES.text}.`;
    assert.deepEqual(found(WORDS, Buffer.from(sentence)), [CANARIES.text]);
    assert.deepEqual(found(WORDS, Buffer.from(Buffer.from(sentence).toString("base64"))), [
      CANARIES.text,
    ]);
    assert.deepEqual(found(WORDS, Buffer.from(sentence, "utf16le")), [CANARIES.text]);
  });

  it("holds no planted word in any address", () => {
    const lines = world.wire.said.requests;
    assert.ok(lines.some((line) => line.includes("/v1/sync/upload")));
    assert.deepEqual(found(WORDS, Buffer.from(lines.join("\n"))), []);
  });

  it("holds no planted word in any byte of any request", () => {
    const sent = Buffer.concat(world.wire.said.sent);
    assert.ok(sent.length > 1000);
    assert.deepEqual(found(WORDS, sent), []);
  });

  it("leaves no planted word in the server's log", () => {
    assert.ok(world.server.log.length > 0);
    assert.deepEqual(found(WORDS, Buffer.from(world.server.log)), []);
  });

  it("leaves no planted word in any file of the server", async () => {
    await world.server.stop();
    const files = await filesBelow(world.server.dataFolder);
    assert.ok(files.size > 0);
    for (const [path, bytes] of files) {
      assert.deepEqual(found(WORDS, bytes), [], path);
    }
  });

  it("left no planted word in the files of the browser's profile", async () => {
    await device.close();
    const files = await filesBelow(device.profile);
    assert.ok(files.size > 0);
    for (const [path, bytes] of files) {
      assert.deepEqual(found(WORDS, bytes), [], path);
    }
  });
});
