/** A server, a bare page that it serves, and a browser that opens it. */
import { cp, mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type * as Package from "@lockstep/vault";
import { chromiumBinary, packageFolder } from "./places.ts";
import { Server } from "./server.ts";

/** What a call came to. */
export type Attempt<T> = { ok: T } | { code: string; sentence: string };

declare global {
  /** Everything that the package exports. */
  var lockstep: typeof Package;
  /** The vault of this page. */
  var vault: Package.Lockstep;
  /** What the vault of this page told. */
  var notices: Package.VaultNotice[];
  /** Tells a failure of the package from anything else, which it throws. */
  var attempt: <T>(work: () => Promise<T>) => Promise<Attempt<T>>;
}

/** A page without any of our app: the package, and names for the tests. */
const SITE = {
  "index.html": `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Bare</title>
<link rel="icon" href="data:,"><script type="module" src="/bare.js"></script></html>
`,
  "bare.js": `import * as lockstep from "/pkg/index.js";
globalThis.lockstep = lockstep;
globalThis.notices = [];
globalThis.attempt = async (work) => {
  try {
    return { ok: await work() };
  } catch (error) {
    if (!(error instanceof lockstep.LockstepError)) throw error;
    return { code: error.code, sentence: error.message };
  }
};
`,
};

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const PASSPHRASE = "correct horse battery staple";

/** One test's own server and browser; both end with the test. */
export class World {
  readonly server: Server;
  readonly browser: Browser;
  readonly site: string;
  /** What browsers refused or pages failed at, in the browser's words. */
  readonly complaints: string[] = [];

  private constructor(server: Server, browser: Browser, site: string) {
    this.server = server;
    this.browser = browser;
    this.site = site;
  }

  static async start(test: TestContext): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "lockstep-package-"));
    test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
    const site = join(folder, "site");
    await mkdir(site);
    await cp(join(packageFolder, "dist"), join(site, "pkg"), { recursive: true });
    for (const [name, text] of Object.entries(SITE)) await writeFile(join(site, name), text);
    const server = await Server.start(join(folder, "data"), site);
    test.after(() => server.stop());
    const browser = await chromium.launch({ executablePath: chromiumBinary, args: FLAGS });
    test.after(() => browser.close());
    return new World(server, browser, site);
  }

  /** Another person's browser, as it were: nothing is in it yet. */
  device(): Promise<BrowserContext> {
    return this.browser.newContext();
  }

  /** Opens the bare page. */
  async page(device: BrowserContext, address = this.server.origin): Promise<Page> {
    const page = await device.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (/Content.Security.Policy|Trusted/i.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    // tsx names nested functions with a function of its own.
    await page.addInitScript("globalThis.__name = (named) => named");
    await page.goto(address);
    await page.waitForFunction(() => "attempt" in globalThis);
    return page;
  }

  /** A page with the vault open in `vault`, nobody signed in. */
  async opened(device: BrowserContext): Promise<Page> {
    const page = await this.page(device);
    await this.open(page);
    return page;
  }

  private async open(page: Page): Promise<void> {
    await page.evaluate(async () => {
      globalThis.vault = await lockstep.Lockstep.open();
      vault.on((notice) => notices.push(notice));
    });
  }

  /** A page with a new vault, created and unlocked. */
  async created(device: BrowserContext): Promise<Page> {
    const page = await this.page(device);
    await this.create(page);
    return page;
  }

  /** Opens the vault in a page, signs in and makes a new one. */
  async create(page: Page): Promise<void> {
    await this.open(page);
    await page.evaluate(
      async ([link, passphrase]) => {
        await vault.signIn(link);
        await vault.createVault(passphrase);
      },
      [this.server.link, PASSPHRASE] as const,
    );
  }
}

/** Waits until a page has that many workers; the browser tells a moment later. */
export async function workers(page: Page, count: number): Promise<void> {
  const giveUp = Date.now() + 5_000;
  while (page.workers().length !== count) {
    if (Date.now() > giveUp) throw new Error(`${page.workers().length} workers, not ${count}`);
    await pause(20);
  }
}
