/**
 * After lock and after sign-out the browser's renderer and worker processes
 * hold neither key nor passphrase nor a word of a note. Before that they must:
 * a search that finds nothing in an open vault is blind.
 *
 * `LOCKSTEP_MEMORY_RUNS` says how often, each time with a new browser, vault,
 * passphrase and words. Needs Linux and the right to read other processes.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { App, SAVED_THERE } from "../harness/app.ts";
import { canary } from "../harness/canaries.ts";
import type { Device } from "../harness/device.ts";
import { World } from "../harness/world.ts";
import { deriveKeys } from "../memory/keys.ts";
import { type Finding, type Needles, processesOf, search } from "../memory/processes.ts";

const RUNS = Number(process.env.LOCKSTEP_MEMORY_RUNS ?? "1");
const LINUX_ROOT = existsSync("/proc/self/pagemap") && process.getuid?.() === 0;
/** How long an old process may take to end on a machine that is busy. */
const END_MS_MAX = 20_000;

/** Where pages and workers run. What else a browser has is told, not judged. */
const JUDGED = new Set(["renderer", "utility", "zygote"]);

for (let run = 1; run <= RUNS; run += 1) {
  describe(`memory, run ${run} of ${RUNS}`, { skip: !LINUX_ROOT && "needs Linux and root" }, () => {
    it("holds no key, passphrase or word after lock and after sign-out", async (t) => {
      const passphrase = `${canary("pass")} ${randomBytes(6).toString("hex")}`;
      const world = await World.open(passphrase);
      t.after(() => world.close());
      const { device, app } = await world.firstDevice();
      const words = new Map(["title", "text", "tag", "query"].map((part) => [part, canary(part)]));
      await write(device, app, words);
      const needles = await needlesFor(device, world, words);

      const open = look(device, needles);
      assertSees(open, needles);
      t.diagnostic(`unlocked: ${told(open)}`);

      await app.lockNow();
      assertClean(t, device, needles, "locked after writing");

      await unlockByTyping(app, passphrase);
      await readAndSearch(app, words);
      assertSees(look(device, needles), needles);
      await app.lockNow();
      assertClean(t, device, needles, "locked after typing the passphrase");

      await unlockByPasting(device, app, passphrase);
      const second = new App(await device.context.newPage());
      await second.page.goto(world.origin);
      await second.button("Use it here").waitFor();
      await device.page.bringToFront();
      await readAndSearch(app, words);
      await app.lockNow();
      assertClean(t, device, needles, "locked beside a second tab");

      await app.unlock(passphrase);
      await readAndSearch(app, words);
      await second.page.bringToFront();
      await second.button("Use it here").click();
      await second.unlock(passphrase);
      await readAndSearch(second, words);
      await second.lockNow();
      assertClean(t, device, needles, "locked after another tab had taken over");

      await second.unlock(passphrase);
      await readAndSearch(second, words);
      await second.go("Settings");
      await second.button("Sign out…").click();
      await second.page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
      await second.heading("Sign in this device").waitFor();
      assertClean(t, device, needles, "signed out");
      assert.deepEqual(device.faults, []);
    });
  });
}

/** A note whose text is kept as UTF-16, since a letter of it needs that. */
async function write(device: Device, app: App, words: Map<string, string>): Promise<void> {
  await app.go("Ideas");
  await app.write(words.get("title") ?? "", `灯 ${words.get("text")} and ${words.get("query")}`);
  const box = device.page.getByRole("textbox", { name: "Add tag", exact: true });
  await box.fill(words.get("tag") ?? "");
  await box.press("Enter");
  await app.waitForState(SAVED_THERE);
  await app.search(words.get("query") ?? "");
  await app.entry(words.get("title") ?? "").waitFor();
}

async function readAndSearch(app: App, words: Map<string, string>): Promise<void> {
  await app.go("Ideas");
  await app.search(words.get("query") ?? "");
  await app.openNote(words.get("title") ?? "");
}

async function unlockByTyping(app: App, passphrase: string): Promise<void> {
  await app.passwordBox("Passphrase").pressSequentially(passphrase);
  await app.passwordBox("Passphrase").press("Enter");
  await app.button("Lock now").waitFor();
}

/** From the clipboard, where another page has put it. */
async function unlockByPasting(device: Device, app: App, passphrase: string): Promise<void> {
  const source = await device.context.newPage();
  await source.setContent("<textarea></textarea>");
  await source.locator("textarea").fill(passphrase);
  await source.locator("textarea").press("ControlOrMeta+a");
  await source.locator("textarea").press("ControlOrMeta+c");
  await source.close();
  await app.page.bringToFront();
  await app.passwordBox("Passphrase").press("ControlOrMeta+v");
  assert.equal(await app.passwordBox("Passphrase").inputValue(), passphrase);
  await app.button("Unlock").click();
  await app.button("Lock now").waitFor();
}

async function needlesFor(
  device: Device,
  world: World,
  words: Map<string, string>,
): Promise<Needles> {
  const cookies = await device.context.cookies(world.origin);
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = { cookie, accept: "application/json" };
  const answer = await fetch(`${world.origin}/api/vault/slots`, { headers });
  const { slot_list } = (await answer.json()) as { slot_list: string };
  const keys = deriveKeys(Buffer.from(slot_list, "base64url"), world.passphrase);
  const texts = new Map([["passphrase", world.passphrase], ...words]);
  return new Map([
    ...[...keys].map(([name, key]): [string, Buffer[]] => [name, [key]]),
    ...[...texts].map(([name, text]): [string, Buffer[]] => [
      name,
      [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")],
    ]),
  ]);
}

function look(device: Device, needles: Needles): Finding[] {
  return processesOf(device.profile)
    .map((one) => search(one, needles))
    .filter((finding) => finding !== undefined);
}

/**
 * Keys that an open vault has at hand. The vault key is not among them: it is
 * there for a moment only, and these are derived from it.
 */
const AT_HAND = ["records", "catalogue", "index", "content-mark-key"].map(
  (name) => `subkey ${name}`,
);

/** While the vault is open, the search must see what it looks for. */
function assertSees(findings: Finding[], needles: Needles): void {
  const seen = new Set(judged(findings).flatMap(({ found }) => [...found.keys()]));
  const words = [...needles.keys()].filter((name) => !/key$|^subkey|stretched/.test(name));
  const missed = [...AT_HAND, ...words].filter((name) => !seen.has(name));
  assert.deepEqual(missed, [], "the search is blind");
}

interface Told {
  diagnostic(message: string): void;
}

/** What held something is given time to end; whatever is left then is told. */
function assertClean(t: Told, device: Device, needles: Needles, when: string): void {
  const since = performance.now();
  let findings = look(device, needles);
  while (dirty(findings).length > 0 && performance.now() - since < END_MS_MAX) {
    findings = look(device, needles);
  }
  const took = Math.round(performance.now() - since);
  t.diagnostic(`${when}: ${told(findings)} (${took} ms)`);
  assert.equal(told(dirty(findings)), "", `${when}: readable in memory`);
}

function judged(findings: Finding[]): Finding[] {
  return findings.filter(({ process }) => JUDGED.has(process.type));
}

function dirty(findings: Finding[]): Finding[] {
  return judged(findings).filter(({ found }) => found.size > 0);
}

/** One phrase for each process that has something, and how much was read. */
function told(findings: Finding[]): string {
  const phrase = ({ process, found, bytes }: Finding): string => {
    const things = [...found].map(([name, times]) => `${name} ×${times}`).join(", ");
    return `${process.type} ${process.id} [${bytes >> 20} MiB: ${things || "nothing"}]`;
  };
  return findings.map(phrase).join("; ");
}
