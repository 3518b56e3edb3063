/** One device of a person: a browser with a profile of its own. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { type BrowserContext, chromium as playwright, type Page } from "playwright-core";
import { App } from "./app.ts";
import { chromium } from "./places.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

const SWITCHES = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Two devices on one screen: the one behind must not be slowed down.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** How the browser presents itself. */
export interface Look {
  width: number;
  height: number;
  colorScheme?: "light" | "dark";
  phone?: boolean;
}

const DESKTOP: Look = { width: 1280, height: 800 };

export class Device {
  /** What went wrong inside the page: uncaught errors and refused policies. */
  readonly faults: string[] = [];
  #context: BrowserContext | undefined;

  private constructor(
    readonly profile: string,
    readonly look: Look,
  ) {}

  /** A browser that has never been used. */
  static async create(look: Look = DESKTOP): Promise<Device> {
    const device = new Device(await temporaryFolder("profile"), look);
    await device.start();
    return device;
  }

  /** Starts the browser, again on the same profile if it ran before. */
  async start(): Promise<void> {
    const { width, height, colorScheme, phone } = this.look;
    this.#context = await playwright.launchPersistentContext(this.profile, {
      executablePath: chromium,
      args: SWITCHES,
      // Ours are exactly those above.
      // Pages to go back to are kept, as every browser does.
      ignoreDefaultArgs: ["--headless", "--hide-scrollbars", "--disable-back-forward-cache"],
      viewport: { width, height },
      colorScheme: colorScheme ?? "light",
      hasTouch: phone ?? false,
      isMobile: phone ?? false,
      deviceScaleFactor: phone === true ? 2 : 1,
      locale: "en-GB",
    });
    // The compiler that runs these tests wraps inner functions so that they
    // keep their names; the wrapper has to exist where they are evaluated.
    await this.#context.addInitScript("globalThis.__name ??= (f) => f");
    this.#context.on("weberror", (error) => this.faults.push(String(error.error())));
    this.#context.setDefaultTimeout(20_000);
  }

  get context(): BrowserContext {
    if (this.#context === undefined) throw new Error("the browser is not running");
    return this.#context;
  }

  /** The first tab. */
  get page(): Page {
    const page = this.context.pages()[0];
    if (page === undefined) throw new Error("the browser has no tab");
    return page;
  }

  /** The app in the first tab. */
  get app(): App {
    return new App(this.page);
  }

  /** Goes to an address of the app. */
  async open(url: string): Promise<App> {
    await this.page.goto(url);
    return this.app;
  }

  /** Ends the browser as its window's button does. */
  async close(): Promise<void> {
    const context = this.#context;
    this.#context = undefined;
    await context?.close();
  }

  /** Ends the browser as a power cut does: no handler runs. */
  async kill(): Promise<void> {
    const context = this.context;
    const gone = new Promise((resolve) => context.once("close", resolve));
    this.#context = undefined;
    for (const id of await browserProcesses(this.profile)) process.kill(id, "SIGKILL");
    await gone;
    // Its children notice by themselves.
    while ((await browserProcesses(this.profile)).length > 0) await pause(20);
  }

  /** Closes the browser and forgets the profile. */
  async remove(): Promise<void> {
    await this.close();
    await removeFolder(this.profile);
  }
}

/** The processes of the browser that runs on a profile, found as `ps` does. */
async function browserProcesses(profile: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
    if (line.includes(`--user-data-dir=${profile}`)) found.push(Number(name));
  }
  return found;
}
