/**
 * `cargo xtask bench unlock`: from the press on Unlock to the frame that shows
 * the list of 10,000 notes, in the real app, step by step. Two ways to get
 * there: the vault was locked a moment ago, or the page was just loaded.
 *
 * The worker's script is the product's with a prelude that notes times. The
 * peer has the same notes in the clear, one IndexedDB row each.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { App } from "../../harness/app.ts";
import { notesFolder } from "../../harness/places.ts";
import { filesBelow, removeFolder, temporaryFolder } from "../../harness/temporary.ts";
import { eventually } from "../../harness/wait.ts";
import { Wire } from "../../harness/wire.ts";
import { World } from "../../harness/world.ts";
import { allSent } from "../app.ts";
import { baseline, PEER, type PlainNote } from "../baseline.ts";
import { type Figure, figure, median, promised, table } from "../figures.ts";
import { marksSoFar, measuredWorker, type Unlock, unlock } from "./steps.ts";

const PASSPHRASE = "eleven grey stones in a row";
const NOTES = 10_000;
/** The most that an unlock may take beyond its key derivation. */
const GOAL_MS = 60;

interface Rounds {
  locked: Unlock[];
  loaded: Unlock[];
  peerMs: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      notes: { type: "string", default: notesFolder },
      rounds: { type: "string", default: "9" },
      json: { type: "string" },
      marks: { type: "boolean", default: false },
    },
  });
  const folder = await temporaryFolder("notes");
  const world = await World.open(PASSPHRASE);
  const plain = await Wire.open();
  try {
    const notes = await many(values.notes, folder);
    const rounds = await measure({ world, plain }, folder, notes, Number(values.rounds));
    if (values.marks) console.log(JSON.stringify(rounds.locked.at(-1)?.marks, null, 1));
    const figures = summary(rounds);
    console.log(`\n${table(figures)}`);
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
    }
  } finally {
    await plain.close();
    await world.close();
    await removeFolder(folder);
  }
}

/** Writes 10,000 notes into a folder: those given, as often as it takes. */
async function many(from: string, to: string): Promise<PlainNote[]> {
  const texts = [...(await filesBelow(from))].filter(([path]) => path.endsWith(".md"));
  if (texts.length === 0) throw new Error(`no Markdown notes below ${from}`);
  const notes: PlainNote[] = [];
  for (let number = 0; number < NOTES; number += 1) {
    const [path, bytes] = texts[number % texts.length] ?? ["", Buffer.of()];
    const turn = Math.floor(number / texts.length);
    const text = bytes.toString("utf8").replace(/^# .*/, (title) => `${title} ${turn}`);
    notes.push({ path: join(dirname(path), `${turn}-${basename(path)}`), text });
  }
  for (const { path, text } of notes) {
    await mkdir(join(to, dirname(path)), { recursive: true });
    await writeFile(join(to, path), text);
  }
  return notes;
}

async function measure(
  { world, plain }: { world: World; plain: Wire },
  folder: string,
  notes: PlainNote[],
  count: number,
): Promise<Rounds> {
  world.wire.intercept = await measuredWorker();
  plain.intercept = () => ({
    status: 200,
    headers: { "content-type": "text/html" },
    body: "<!doctype html><meta charset=utf-8><title>Plain</title>",
  });
  const { device, app } = await world.firstDevice();
  await app.go("Infobase");
  console.log(`Importing ${notes.length} notes`);
  await app.import("folder", [folder]);
  await eventually("all is on the server", () => allSent(app, notes.length), 600_000);
  const rounds: Rounds = { locked: [], loaded: [], peerMs: [] };
  // The first round warms up and is not counted.
  for (let number = 0; number <= count; number += 1) {
    if (number > 0) console.log(`Round ${number} of ${count}`);
    await settled(app);
    await app.lockNow();
    await readyToUnlock(app);
    const locked = await unlock(app, PASSPHRASE);
    await settled(app);
    await app.page.reload();
    await readyToUnlock(app);
    const loaded = await unlock(app, PASSPHRASE);
    const beside = await device.context.newPage();
    await beside.goto(plain.origin);
    const peer = await baseline(beside, notes, [""]);
    await beside.close();
    if (number === 0) continue;
    rounds.locked.push(locked);
    rounds.loaded.push(loaded);
    rounds.peerMs.push(peer.listShownMs);
  }
  await device.close();
  return rounds;
}

/** The index is read and the server was asked: nothing else is going on. */
async function settled(app: App): Promise<void> {
  await app.syncStatus.filter({ hasText: "Synced" }).waitFor();
  await app.search("the");
  await app.page.locator('[aria-label="Notes"] mark').first().waitFor();
  await app.search("");
  await app.page.waitForTimeout(500);
}

/** The passphrase is typed, which takes a person longer than a worker to start. */
async function readyToUnlock(app: App): Promise<void> {
  await app.heading("Unlock").waitFor();
  await app.passwordBox("Passphrase").fill(PASSPHRASE);
  await marksSoFar(app);
  await app.page.waitForTimeout(500);
}

function summary(rounds: Rounds): Figure[] {
  const peer = { name: PEER, value: median(rounds.peerMs) };
  const ways = [
    ["after a lock", rounds.locked],
    ["after a reload", rounds.loaded],
  ] as const;
  return ways.flatMap(([way, unlocks]) => {
    const of = (pick: (unlock: Unlock) => number): number => median(unlocks.map(pick));
    const line = (name: string, pick: (unlock: Unlock) => number): Figure =>
      figure(`${name}, ${way}`, "ms", of(pick));
    const beyond = ({ shown, derivation }: Unlock): number => shown - derivation;
    return [
      figure(
        `Unlock pressed to list shown, ${way}`,
        "ms",
        of(({ shown }) => shown),
        peer,
      ),
      promised(line("of that beyond the key derivation", beyond), GOAL_MS),
      line("key derivation", ({ derivation }) => derivation),
      line("key to first rows", ({ listing }) => listing),
      line("first rows to frame", ({ drawing }) => drawing),
      line("key to open vault", ({ opening }) => opening),
    ];
  });
}

await main();
