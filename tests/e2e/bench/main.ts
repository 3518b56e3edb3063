/**
 * `cargo xtask bench main`: the main job on a whole corpus, in Chromium.
 *
 * Every round starts from nothing: a new server, new browser profiles. Ours
 * and the peer take turns within a round, so that a machine that slows down
 * slows both. What is printed is the median of the rounds.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { filesBelow } from "../harness/temporary.ts";
import { eventually } from "../harness/wait.ts";
import { Wire } from "../harness/wire.ts";
import { World } from "../harness/world.ts";
import {
  allSent,
  bytesInIndexedDb,
  timeImport,
  timeTyping,
  timeUnlockToAnswer,
  timeUnlockToList,
} from "./app.ts";
import { type Baseline, baseline, PEER, type PlainNote } from "./baseline.ts";
import { type Figure, figure, median, quantile, table } from "./figures.ts";
import { barePage, timePackage } from "./package.ts";
import { QUERIES, typed } from "./queries.ts";
import { sizes } from "./sizes.ts";

const PASSPHRASE = "eleven grey stones in a row";

interface Round {
  importedPerS: number;
  uploadedMs: number;
  listShownMs: number;
  firstAnswerMs: number;
  typingMs: number[];
  firstSyncMs: number;
  searchMs: number[];
  serverBytesPerNote: number;
  deviceBytesPerNote: number;
  peer: Baseline;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      notes: { type: "string" },
      rounds: { type: "string", default: "5" },
      json: { type: "string" },
    },
  });
  if (values.notes === undefined) throw new Error("name a folder of notes with --notes");
  const folder = values.notes;
  const notes = await markdownBelow(folder);
  const rounds: Round[] = [];
  for (let number = 1; number <= Number(values.rounds); number += 1) {
    console.log(`Round ${number} of ${values.rounds}: ${notes.length} notes`);
    rounds.push(await round(folder, notes));
  }
  const figures = await summary(rounds, notes);
  console.log(`\n${table(figures)}`);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

async function markdownBelow(folder: string): Promise<PlainNote[]> {
  const notes: PlainNote[] = [];
  for (const [path, bytes] of await filesBelow(folder)) {
    if (/\.(md|markdown|txt)$/.test(path)) notes.push({ path, text: bytes.toString("utf8") });
  }
  if (notes.length === 0) throw new Error(`no Markdown notes below ${folder}`);
  return notes;
}

/** One whole run of ours and of the peer. */
async function round(folder: string, notes: PlainNote[]): Promise<Round> {
  const world = await World.open(PASSPHRASE);
  const plain = await Wire.open();
  try {
    world.wire.intercept = await barePage();
    plain.intercept = () => ({
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<!doctype html><meta charset=utf-8><title>Plain</title>",
    });
    const queries = QUERIES.flatMap(typed);
    const { device, app } = await world.firstDevice();
    await app.go("Infobase");
    const importMs = await timeImport(app, folder);
    const importEnded = Date.now();
    await eventually("all is on the server", () => allSent(app, notes.length), 600_000);
    const uploadedMs = Date.now() - importEnded;

    const beside = await device.context.newPage();
    await beside.goto(plain.origin);
    const peer = await baseline(beside, notes, queries);
    await beside.close();

    await app.lockNow();
    const listShownMs = await timeUnlockToList(app, PASSPHRASE);
    await app.lockNow();
    const firstAnswerMs = await timeUnlockToAnswer(app, PASSPHRASE, QUERIES[0] ?? "");
    const typingMs = await timeTyping(app, queries);
    const deviceBytes = await bytesInIndexedDb(app);
    await device.close();

    const second = await world.newDevice();
    const inPackage = await timePackage(second.page, {
      origin: world.origin,
      link: await world.server.newLink(),
      passphrase: PASSPHRASE,
      notes: notes.length,
      queries,
    });
    await second.close();
    await world.server.stop();
    const serverBytes = [...(await filesBelow(world.server.dataFolder)).values()]
      .map((bytes) => bytes.length)
      .reduce((a, b) => a + b, 0);
    return {
      ...inPackage,
      importedPerS: notes.length / (importMs / 1000),
      uploadedMs,
      listShownMs,
      firstAnswerMs,
      typingMs,
      serverBytesPerNote: serverBytes / notes.length,
      deviceBytesPerNote: deviceBytes / notes.length,
      peer,
    };
  } finally {
    await plain.close();
    await world.close();
  }
}

async function summary(rounds: Round[], notes: PlainNote[]): Promise<Figure[]> {
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const peer = (pick: (peer: Baseline) => number): { name: string; value: number } => ({
    name: PEER,
    value: of((round) => pick(round.peer)),
  });
  const plainBytes = notes.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const perNote = { name: "the notes' own text", value: plainBytes / notes.length };
  const [shown50, shown95] = [0.5, 0.95].map((part) => peer((p) => quantile(p.shownMs, part)));
  const [scan50, scan95] = [0.5, 0.95].map((part) => peer((p) => quantile(p.scanMs, part)));
  const downloads = (await sizes()).flatMap(({ name, raw, brotli }) => [
    figure(`${name}, raw`, "bytes", raw),
    figure(`${name}, brotli`, "bytes", brotli),
  ]);
  return [
    figure(
      "notes imported",
      "notes/s",
      of((r) => r.importedPerS),
      peer((p) => p.importedPerS),
    ),
    figure(
      "import ended to all on the server",
      "ms",
      of((r) => r.uploadedMs),
    ),
    figure(
      "Unlock pressed to list shown",
      "ms",
      of((r) => r.listShownMs),
      peer((p) => p.listShownMs),
    ),
    figure(
      "Unlock pressed to first search answer",
      "ms",
      of((r) => r.firstAnswerMs),
      peer((p) => p.firstAnswerMs),
    ),
    figure(
      "search as you type, p50",
      "ms",
      of((r) => quantile(r.typingMs, 0.5)),
      shown50,
    ),
    figure(
      "search as you type, p95",
      "ms",
      of((r) => quantile(r.typingMs, 0.95)),
      shown95,
    ),
    figure(
      "search through the package, p50",
      "ms",
      of((r) => quantile(r.searchMs, 0.5)),
      scan50,
    ),
    figure(
      "search through the package, p95",
      "ms",
      of((r) => quantile(r.searchMs, 0.95)),
      scan95,
    ),
    figure(
      "new device unlocked to all notes there",
      "ms",
      of((r) => r.firstSyncMs),
    ),
    figure(
      "on the server",
      "bytes/note",
      of((r) => r.serverBytesPerNote),
      perNote,
    ),
    figure(
      "in IndexedDB",
      "bytes/note",
      of((r) => r.deviceBytesPerNote),
      peer((p) => p.bytesPerNote),
    ),
    ...downloads,
  ];
}

await main();
