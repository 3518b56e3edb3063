/**
 * `cargo xtask screenshots DIR`: every screen of the real app, on a phone and
 * on a desktop, light and dark. Names are like `unlock-phone-dark.png`.
 */
import { cp, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type App, SAVED_THERE } from "../harness/app.ts";
import type { Device, Look } from "../harness/device.ts";
import { notesFolder } from "../harness/places.ts";
import { Security } from "../harness/security.ts";
import { removeFolder, temporaryFolder } from "../harness/temporary.ts";
import { World } from "../harness/world.ts";

const PASSPHRASE = "seven quiet herons at dawn";

const LOOKS: Record<string, Look> = {
  "phone-light": { width: 390, height: 844, colorScheme: "light", phone: true },
  "phone-dark": { width: 390, height: 844, colorScheme: "dark", phone: true },
  "desktop-light": { width: 1280, height: 800, colorScheme: "light" },
  "desktop-dark": { width: 1280, height: 800, colorScheme: "dark" },
};

const NOTE = `The last boat leaves at **18:40** from the north pier.

## To bring

- the brass lantern, and oil for two nights
- [tide tables](https://example.org/tides) for the week
- rope, twenty metres

> Knock twice. If nobody answers, wait by the well.

| Day | High tide | Wind |
| --- | --------- | ---- |
| Fri | 06:12     | west |
| Sat | 06:58     | calm |
`;

const IDEAS = [
  ["A window seat by the stove", "Two boards, one cushion, and nowhere else to be."],
  ["Letters to next winter", "Write one each season, open them all in December."],
  ["Bread with rye and honey", "Half rye, a spoon of honey, twelve hours of patience."],
] as const;

/** Takes the pictures of one look. */
class Photographer {
  codes: string[] = [];

  constructor(
    readonly folder: string,
    readonly look: string,
    readonly device: Device,
  ) {}

  get app(): App {
    return this.device.app;
  }

  async picture(screen: string): Promise<void> {
    // Pictures are of screens at rest.
    await this.device.page.waitForTimeout(350);
    const path = join(this.folder, `${screen}-${this.look}.png`);
    await this.device.page.screenshot({ path });
  }

  /** On a phone a note covers the list. */
  async backToList(): Promise<void> {
    const back = this.app.button("Back");
    if (await back.isVisible()) await back.click();
  }

  async beforeTheVault(world: World): Promise<void> {
    await this.device.open(`${world.origin}/`);
    await this.device.page.getByRole("heading").first().waitFor();
    await this.picture("sign-in");
    await this.device.page.goto("about:blank");
    await this.device.open(world.server.link);
    await this.app.heading("Create your vault").waitFor();
    await this.app.passwordBox("Passphrase").fill(PASSPHRASE);
    await this.app.passwordBox("Repeat passphrase").fill(PASSPHRASE);
    await this.device.page.waitForTimeout(1500);
    await this.picture("create-vault");
    await this.app.createVault(PASSPHRASE);
  }

  async notes(): Promise<void> {
    await this.picture("notes-empty");
    for (const [title, text] of IDEAS) {
      await this.app.write(title, text);
      await this.app.waitForState(SAVED_THERE);
      await this.backToList();
    }
    await this.app.write("Crossing to the island", NOTE);
    await this.device.page.getByRole("textbox", { name: "Add tag", exact: true }).fill("travel");
    await this.device.page.keyboard.press("Enter");
    await this.app.waitForState(SAVED_THERE);
    await this.picture("note");
    await this.app.button("Preview").click();
    await this.app.heading("To bring").waitFor();
    await this.picture("preview");
    await this.app.button("Preview").click();
    await this.backToList();
    await this.picture("notes");
  }

  async imports(): Promise<void> {
    await this.app.go("Infobase");
    await this.app.button("Import").click();
    await this.picture("import-choice");
    await this.app.closeDialog();
    await this.app.startImport("folder", [notesFolder]);
    await this.app.importSummary();
    await this.picture("import-summary");
    await this.app.closeDialog();
    await this.app.syncStatus.filter({ hasText: "Synced" }).waitFor();
    await this.picture("notes-imported");
    await this.app.search("archive file");
    await this.app.notes.locator("mark").first().waitFor();
    await this.picture("search");
    await this.app.search("");
  }

  /** Last of all: `many` takes long enough for a picture of the progress. */
  async longImport(many: string): Promise<void> {
    await this.app.unlock(PASSPHRASE);
    await this.app.go("Infobase");
    await this.app.startImport("folder", [many]);
    await this.app.importProgress.waitFor();
    await this.device.page.waitForTimeout(600);
    await this.picture("import-progress");
    await this.app.importSummary();
  }

  async settings(): Promise<void> {
    await this.app.go("Settings");
    await this.app.heading("Devices").waitFor();
    await this.picture("settings");
    await this.security();
  }

  /** The parts of the settings that lie further down, and their dialogs. */
  async security(): Promise<void> {
    const security = new Security(this.app);
    await this.app.button("Make recovery codes").click();
    await security.dialog.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await this.picture("codes-confirm");
    await security.dialog.getByRole("button", { name: "Make codes", exact: true }).click();
    await this.app.heading("Your recovery codes").waitFor();
    await this.picture("codes-shown");
    this.codes = await security.takeFreshCodes();
    await security.codeRows();
    await this.app.heading("Recovery codes").scrollIntoViewIfNeeded();
    await this.picture("codes-listed");
    await this.app.heading("Locking").scrollIntoViewIfNeeded();
    await this.picture("locking");
    await this.app.button("Change passphrase").click();
    await this.picture("change-passphrase");
    await this.device.page.keyboard.press("Escape");
    await this.app.button("Renew the key").click();
    await this.picture("renew-key");
    await this.device.page.keyboard.press("Escape");
  }

  /** The way back in without the passphrase. */
  async recovery(): Promise<void> {
    await this.app.button("Reset the vault…").click();
    await this.picture("reset");
    await this.app.button("Keep the vault").click();
    const security = new Security(this.app);
    const [code = ""] = this.codes;
    await this.app.button("Use a recovery code").click();
    await security.codeBox.fill(
      `${code.slice(0, 14)}${code[14] === "7" ? "8" : "7"}${code.slice(15, 20)}`,
    );
    await this.device.page.getByText(/Group \d is mistyped/).waitFor();
    await this.picture("code-mistyped");
    await this.app.button("Use the passphrase instead").click();
    await security.unlockWithCode(code);
    await this.app.heading("Choose a new passphrase").waitFor();
    await this.picture("new-passphrase");
    await security.setNewPassphrase(PASSPHRASE);
    await security.takeFreshCodes();
    await this.device.page.getByText("A recovery code opened this vault").waitFor();
    await this.picture("code-was-used");
    await this.app.lockNow();
  }

  async troubles(world: World): Promise<void> {
    await this.app.go("Ideas");
    world.wire.intercept = () => ({
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<h1>Welcome to the hotel</h1>",
    });
    await this.app.checkNow();
    await this.device.page.waitForTimeout(1500);
    await this.device.page.locator(":focus").blur();
    await this.picture("sync-trouble");
    world.wire.intercept = undefined;
    await this.app.lockNow();
    await this.picture("unlock");
    await this.app.tryToUnlock("not the passphrase");
    await this.app.alert.first().waitFor();
    await this.picture("unlock-error");
  }
}

/** The sample eight times over, under other folders. */
async function manyNotes(): Promise<string> {
  const folder = await temporaryFolder("many");
  const copies = Array.from({ length: 8 }, (_, number) => join(folder, `shelf ${number + 1}`));
  await Promise.all(copies.map((copy) => cp(notesFolder, copy, { recursive: true })));
  return folder;
}

async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? "screenshots");
  await mkdir(folder, { recursive: true });
  const many = await manyNotes();
  try {
    for (const [name, look] of Object.entries(LOOKS)) {
      const world = await World.open(PASSPHRASE);
      try {
        const photographer = new Photographer(folder, name, await world.newDevice(look));
        await photographer.beforeTheVault(world);
        await photographer.notes();
        await photographer.imports();
        await photographer.settings();
        await photographer.troubles(world);
        await photographer.recovery();
        await photographer.longImport(many);
        console.log(`${name}: done`);
      } finally {
        await world.close();
      }
    }
  } finally {
    await removeFolder(many);
  }
}

await main();
