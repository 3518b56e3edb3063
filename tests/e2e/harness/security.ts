/** The security part of the settings, as a person meets it. */
import type { Locator } from "playwright-core";
import type { App } from "./app.ts";

export class Security {
  constructor(readonly app: App) {}

  get dialog(): Locator {
    return this.app.page.getByRole("dialog");
  }

  get #codesList(): Locator {
    return this.app.page.getByRole("list", { name: "Recovery codes", exact: true });
  }

  #inDialog(button: string): Locator {
    return this.dialog.getByRole("button", { name: button, exact: true });
  }

  #box(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }

  /** Presses a button of the settings, and answers with the passphrase. */
  async confirm(button: string, passphrase: string, action: string): Promise<void> {
    await this.app.button(button).click();
    await this.#box("Passphrase").fill(passphrase);
    await this.#inDialog(action).click();
  }

  /** The codes that are shown this once, and puts them away. */
  async takeFreshCodes(): Promise<string[]> {
    await this.app.heading("Your recovery codes").waitFor({ timeout: 60_000 });
    const codes = await this.dialog.locator("code").allInnerTexts();
    await this.dialog.getByLabel("I have put them in a safe place").check();
    await this.#inDialog("Done").click();
    await this.dialog.waitFor({ state: "hidden" });
    return codes;
  }

  async makeCodes(passphrase: string): Promise<string[]> {
    await this.app.go("Settings");
    const button = this.app.page.getByRole("button", { name: /^Make (recovery codes|a new set)$/ });
    await button.click();
    await this.#box("Passphrase").fill(passphrase);
    await this.#inDialog("Make codes").click();
    return this.takeFreshCodes();
  }

  /** What the list of codes says. */
  async codeRows(): Promise<string[]> {
    await this.#codesList.waitFor();
    return this.#codesList.getByRole("listitem").allInnerTexts();
  }

  async changePassphrase(current: string, next: string): Promise<void> {
    await this.app.go("Settings");
    await this.app.button("Change passphrase").click();
    await this.#box("Present passphrase").fill(current);
    await this.#box("New passphrase").fill(next);
    await this.#box("Repeat new passphrase").fill(next);
    await this.#inDialog("Change passphrase").click();
  }

  /** On the Unlock screen: types a code, and presses Unlock. */
  async unlockWithCode(code: string): Promise<void> {
    await this.app.button("Use a recovery code").click();
    await this.codeBox.fill(code);
    await this.app.page.getByText("The code is complete.").waitFor();
    await this.app.button("Unlock").click();
  }

  get codeBox(): Locator {
    return this.app.page.getByLabel("Recovery code", { exact: true });
  }

  /** The screen that a recovery code leads to. */
  async setNewPassphrase(passphrase: string): Promise<void> {
    await this.app.heading("Choose a new passphrase").waitFor();
    await this.app.passwordBox("Passphrase").fill(passphrase);
    await this.app.passwordBox("Repeat passphrase").fill(passphrase);
    await this.app.button("Set passphrase").click();
  }
}
