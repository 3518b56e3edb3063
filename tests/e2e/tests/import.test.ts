/** Notes that people wrote come in by the hundred, once, and can be found. */
import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { App } from "../harness/app.ts";
import { packed } from "../harness/archive.ts";
import type { Device } from "../harness/device.ts";
import { notesFolder } from "../harness/places.ts";
import { filesBelow, removeFolder, temporaryFolder } from "../harness/temporary.ts";
import { eventually } from "../harness/wait.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "twelve crates of winter apples";
const NOTES = 340;
const NOTE_BYTES_MAX = 5 * 1024 * 1024;

describe("an import", () => {
  let world: World;
  let device: Device;
  let app: App;
  let folder: string;

  before(async () => {
    folder = await temporaryFolder("import");
    world = await World.open(PASSPHRASE);
    ({ device, app } = await world.firstDevice());
  });
  after(async () => {
    await world.close();
    await removeFolder(folder);
  });

  /** Writes files below the test's folder and returns their paths. */
  async function written(files: Record<string, string | Uint8Array>): Promise<string[]> {
    const paths: string[] = [];
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      paths.push(path);
    }
    return paths;
  }

  it("takes a folder over, with its progress on show", async () => {
    await app.startImport("folder", [notesFolder]);
    await app.importProgress.waitFor({ state: "attached" });
    const summary = await app.importSummary();
    assert.match(summary, new RegExp(`\\b${NOTES}\\b`));
    await app.closeDialog();
    await app.go("Infobase");
    await eventually("all notes are listed", async () => (await app.count()) === NOTES);
  });

  it("finds each language's words as they are typed, and marks them", async () => {
    for (const [typed, marked] of [
      ["archiving util", /archiving|util/i],
      ["utilidad de archiv", /utilidad|archiv/i],
      ["アーカイブ", /アーカイブ|アー|カイ|イブ/],
    ] as const) {
      await app.search("");
      await app.searchBox.pressSequentially(typed);
      const hit = app.entry("tar").first();
      await hit.waitFor();
      await eventually(`a mark for ${typed}`, async () => {
        const marks = await app.notes.locator("mark").allInnerTexts();
        return marks.some((mark) => marked.test(mark));
      });
    }
    await app.search("");
  });

  it("takes a note's title from its heading and its tags from its folders", async () => {
    await app.search("tar");
    await app.entry("tar").first().waitFor();
    const words = (await app.notes.innerText()).toLowerCase();
    assert.match(words, /common/);
    await app.search("");
  });

  it("takes the same folder over again without a duplicate", async () => {
    const summary = await app.import("folder", [notesFolder]);
    assert.match(summary, new RegExp(`\\b${NOTES}\\b`));
    await app.go("Infobase");
    assert.equal(await app.count(), NOTES);
  });

  it("recognises the same notes in a .zip", async () => {
    const files = await filesBelow(notesFolder);
    const inFolder = new Map([...files].map(([path, bytes]) => [`notes/${path}`, bytes]));
    const archive = await written({ "notes.zip": packed(inFolder) });
    await app.import("files", archive);
    await app.go("Infobase");
    assert.equal(await app.count(), NOTES);
  });

  it("takes a .zip and single files over in one go", async () => {
    const archive = packed(
      new Map([["zipped/Comet.md", Buffer.from("# Comet\n\nA tail of ice.\n")]]),
    );
    const paths = await written({
      "small.zip": archive,
      "Meteor.md": "---\ntags: [sky, iron]\n---\n# Meteor\n\nA falling stone.\n",
      "No heading.md": "Only a line of text.\n",
    });
    await app.import("files", paths);
    for (const title of ["Comet", "Meteor", "No heading"]) {
      await app.search(title);
      await app.entry(title).first().waitFor();
    }
    await app.search("iron");
    await app.entry("Meteor").waitFor();
    await app.search("");
    await app.go("Infobase");
    assert.equal(await app.count(), NOTES + 3);
  });

  it("updates a note whose file has changed", async () => {
    const paths = await written({
      "Meteor.md": "# Meteor\n\nA stone of nickel, found in spring.\n",
    });
    await app.import("files", paths);
    await app.search("nickel found");
    await app.entry("Meteor").waitFor();
    await app.search("");
    await app.go("Infobase");
    assert.equal(await app.count(), NOTES + 3);
  });

  it("lists what it could not take over, with the reason, and takes the rest", async () => {
    const paths = await written({
      "latin1.md": Buffer.from([0x23, 0x20, 0x63, 0x61, 0x66, 0xe9, 0x0a]),
      "huge.md": Buffer.alloc(NOTE_BYTES_MAX + 1, "long "),
      "broken.zip": Buffer.from("PK\u0003\u0004 and nothing behind it"),
      "Planet.md": "# Planet\n\nA wanderer.\n",
    });
    const summary = await app.import("files", paths);
    assert.match(summary, /latin1\.md[\s\S]{0,80}UTF-8/);
    assert.match(summary, /huge\.md[\s\S]{0,80}5 MB/);
    assert.match(summary, /broken\.zip[\s\S]{0,80}could not be read/);
    await app.search("wanderer");
    await app.entry("Planet").waitFor();
    await app.search("");
  });

  it("keeps what is in when it is cancelled, and goes on from there the next time", async () => {
    const many: Record<string, string> = {};
    for (let number = 0; number < 6000; number += 1) {
      many[`many/Pebble ${number}.md`] = `# Pebble ${number}\n\nGrey and round.\n`;
    }
    await written(many);
    await app.go("Infobase");
    const before = await app.count();
    await app.startImport("folder", [join(folder, "many")]);
    await app.importProgress.waitFor();
    await eventually("some are in", () =>
      app.importProgress.evaluate((bar) => (bar as HTMLProgressElement).value > 0),
    );
    await device.page
      .getByRole("dialog")
      .getByRole("button", { name: "Cancel", exact: true })
      .click();
    await app.importSummary();
    await app.closeDialog();
    await app.go("Infobase");
    const kept = (await app.count()) - before;
    assert.ok(kept > 0 && kept < 6000, `${kept} of 6000 are in`);
    await app.import("folder", [join(folder, "many")]);
    await app.go("Infobase");
    await eventually("all are in, once", async () => (await app.count()) === before + 6000);
    await rm(join(folder, "many"), { recursive: true });
  });

  it("is still there after lock and unlock, searchable", async () => {
    const before = await app.count();
    await app.lockNow();
    await app.unlock(PASSPHRASE);
    await app.go("Infobase");
    await eventually("the list is back", async () => (await app.count()) === before);
    await app.search("utilidad de archiv");
    await app.entry("tar").first().waitFor();
  });

  it("met no fault on the way", () => assert.deepEqual(device.faults, []));
});
