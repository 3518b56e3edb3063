/** Times the npm package alone, on a bare page, as a second device. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { packageFolder } from "../harness/places.ts";
import type { Answer, Intercept } from "../harness/wire.ts";

/** The part of the package that is timed. */
interface Vault {
  signIn(link: string, deviceName: string): Promise<unknown>;
  unlock(passphrase: string): Promise<unknown>;
  sync(): Promise<unknown>;
  list(options: { limit: number }): Promise<{ total: number }>;
  search(query: string, options: { limit: number }): Promise<{ total: number }>;
}

export interface PackageFigures {
  /** From unlocking a new device to having all notes. */
  firstSyncMs: number;
  searchMs: number[];
}

const FOLDER = "/bare/";

/** Serves the package and a bare page beside the server's own addresses. */
export async function barePage(): Promise<Intercept> {
  const types: Record<string, string> = {
    "index.js": "text/javascript",
    "worker.js": "text/javascript",
    "lockstep_bg.wasm": "application/wasm",
  };
  const answers = new Map<string, Answer>();
  for (const [name, type] of Object.entries(types)) {
    const body = await readFile(join(packageFolder, name));
    answers.set(FOLDER + name, { status: 200, headers: { "content-type": type }, body });
  }
  const headers = { "content-type": "text/html" };
  const body = "<!doctype html><meta charset=utf-8><title>Bare</title>";
  answers.set(FOLDER, { status: 200, headers, body });
  return (_, path) => answers.get(path);
}

/** Signs in as one more device, fetches all notes, and searches. */
export async function timePackage(
  page: Page,
  options: { origin: string; link: string; passphrase: string; notes: number; queries: string[] },
): Promise<PackageFigures> {
  await page.goto(options.origin + FOLDER);
  return page.evaluate(async ({ link, passphrase, notes, queries }) => {
    const address = new URL("index.js", location.href).href;
    const { Lockstep } = (await import(address)) as { Lockstep: { open(): Promise<Vault> } };
    const vault = await Lockstep.open();
    await vault.signIn(link, "Bare page");
    const started = performance.now();
    await vault.unlock(passphrase);
    while ((await vault.list({ limit: 1 })).total < notes) {
      await vault.sync();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const firstSyncMs = performance.now() - started;
    const searchMs: number[] = [];
    for (const query of queries) {
      const asked = performance.now();
      await vault.search(query, { limit: 50 });
      searchMs.push(performance.now() - asked);
    }
    return { firstSyncMs, searchMs };
  }, options);
}
