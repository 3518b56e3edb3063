/** The app as a person meets it: by role and accessible name, nothing else. */
import type { Locator, Page } from "playwright-core";

export type Section = "Ideas" | "Infobase" | "Journal" | "Settings";

/** What the app says about the open note. */
export const SAVED_HERE = "Saved on this device";
export const SAVED_THERE = "Saved on the server";

/** How long a whole import may take. */
const IMPORT_MS_MAX = 180_000;

export class App {
  readonly notes: Locator;
  readonly searchBox: Locator;
  readonly title: Locator;
  readonly text: Locator;
  readonly saveState: Locator;
  readonly syncStatus: Locator;
  readonly alert: Locator;
  readonly importProgress: Locator;

  constructor(readonly page: Page) {
    this.notes = page.getByRole("list", { name: "Notes", exact: true });
    this.searchBox = page.getByRole("searchbox", { name: "Search", exact: true });
    this.title = page.getByRole("textbox", { name: "Title", exact: true });
    this.text = page.getByRole("textbox", { name: "Text", exact: true });
    this.saveState = page.getByRole("status", { name: "Save state", exact: true });
    this.syncStatus = page.getByRole("status", { name: "Sync status", exact: true });
    this.alert = page.getByRole("alert");
    this.importProgress = page.getByRole("progressbar", { name: "Import progress", exact: true });
  }

  heading(name: string): Locator {
    return this.page.getByRole("heading", { name, exact: true });
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  passwordBox(name: "Passphrase" | "Repeat passphrase"): Locator {
    return this.page.getByLabel(name, { exact: true });
  }

  /** Fills in "Create your vault" and waits for the notes screen. */
  async createVault(passphrase: string): Promise<void> {
    await this.heading("Create your vault").waitFor();
    await this.passwordBox("Passphrase").fill(passphrase);
    await this.passwordBox("Repeat passphrase").fill(passphrase);
    await this.button("Create vault").click();
    await this.button("Lock now").waitFor();
  }

  /** Types the passphrase and presses Unlock, and waits for nothing. */
  async tryToUnlock(passphrase: string): Promise<void> {
    await this.heading("Unlock").waitFor();
    await this.passwordBox("Passphrase").fill(passphrase);
    await this.button("Unlock").click();
  }

  /** Unlocks and waits for the notes screen. */
  async unlock(passphrase: string): Promise<void> {
    await this.tryToUnlock(passphrase);
    await this.button("Lock now").waitFor();
    // The list is shown before the vault is open.
    await this.page.locator(".workspace:not([inert])").waitFor();
  }

  /** Locks by hand and waits for the Unlock screen. */
  async lockNow(): Promise<void> {
    await this.button("Lock now").click();
    await this.heading("Unlock").waitFor();
  }

  async go(section: Section): Promise<void> {
    await this.page.getByRole("link", { name: section, exact: true }).click();
  }

  /** The entry of the list whose title this is. */
  entry(title: string): Locator {
    return this.notes.getByRole("listitem").filter({ hasText: title });
  }

  /** How many notes the list has, seen or not. */
  async count(): Promise<number> {
    const first = this.notes.getByRole("listitem").first();
    if (!(await this.notes.isVisible()) || (await first.count()) === 0) return 0;
    return Number(await first.getAttribute("aria-setsize"));
  }

  /** Opens a note by its title; the list must show it. */
  async openNote(title: string): Promise<void> {
    await this.entry(title).first().getByText(title).first().click();
    await this.title.waitFor();
  }

  /** Writes a new note in the section that is shown. */
  async write(title: string, text: string): Promise<void> {
    await this.button("New note").click();
    await this.title.fill(title);
    await this.text.fill(text);
  }

  async waitForState(state: string): Promise<void> {
    await this.saveState.filter({ hasText: state }).waitFor();
  }

  async search(query: string): Promise<void> {
    await this.searchBox.fill(query);
  }

  /** Asks for a check with the server, as an impatient person does. */
  async checkNow(): Promise<void> {
    await this.button("Details of syncing").click();
    await this.button("Check now").click();
    await this.page.keyboard.press("Escape");
  }

  /** Opens the import dialog and hands files over: paths, or one folder. */
  async startImport(from: "files" | "folder", paths: string[]): Promise<void> {
    await this.button("Import").click();
    const inputs = this.page.getByRole("dialog").locator('input[type="file"]');
    await inputs.nth(from === "files" ? 0 : 1).setInputFiles(paths);
  }

  /** Waits for the import's summary and returns its words. */
  async importSummary(): Promise<string> {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByLabel("Result", { exact: true }).waitFor({ timeout: IMPORT_MS_MAX });
    return dialog.innerText();
  }

  async closeDialog(): Promise<void> {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** Imports, and returns the words of the summary. */
  async import(from: "files" | "folder", paths: string[]): Promise<string> {
    await this.startImport(from, paths);
    const summary = await this.importSummary();
    await this.closeDialog();
    return summary;
  }
}
