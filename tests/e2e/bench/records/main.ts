/**
 * `cargo xtask bench records`: sealing, opening and stretching, ours and the
 * peers in one worker of one page, in rounds that interleave them. What is
 * printed is the median of the rounds.
 *
 * Ours is `benches/`: the vault's functions as the product calls them. A
 * record of 300 bytes is 300 bytes of encoded body; framing, padding, header,
 * associated data, randomness and, under policy 1, a key for each record come
 * on top. The peers have one key and as much associated data, and their nonces
 * come in batches too.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { Device } from "../../harness/device.ts";
import { benchSuite } from "../../harness/places.ts";
import { type Answer, Wire } from "../../harness/wire.ts";
import { type Figure, figure, median, promised, table } from "../figures.ts";
import type { Task, Times } from "./worker.ts";

const RECORDS = 10_000;
const RECORD_BYTES = 300;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "9" }, json: { type: "string" } },
  });
  const rounds = Number(values.rounds);
  const wire = await Wire.open();
  const device = await Device.create();
  try {
    const files = await site();
    wire.intercept = (_, path) => files.get(path);
    await device.page.goto(`${wire.origin}/`);
    const times = await run(device.page, { count: RECORDS, bytes: RECORD_BYTES, rounds });
    const figures = summary(times);
    console.log(`\n${table(figures)}`);
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
    }
  } finally {
    await device.remove();
    await wire.close();
  }
}

/** The page, the worker as one file, and the measuring module. */
async function site(): Promise<Map<string, Answer>> {
  const entry = fileURLToPath(new URL("worker.ts", import.meta.url));
  const bundled = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2023",
    minify: true,
    write: false,
    logLevel: "error",
  });
  const worker = bundled.outputFiles[0]?.text ?? "";
  const page = "<!doctype html><meta charset=utf-8><title>Records</title>";
  const answer = (type: string, body: string | Uint8Array): Answer => ({
    status: 200,
    headers: { "content-type": type },
    body,
  });
  const suite = (name: string): Promise<Buffer> => readFile(join(benchSuite, name));
  return new Map([
    ["/", answer("text/html", page)],
    ["/worker.js", answer("text/javascript", worker)],
    ["/suite/bench_suite.js", answer("text/javascript", await suite("bench_suite.js"))],
    ["/suite/bench_suite_bg.wasm", answer("application/wasm", await suite("bench_suite_bg.wasm"))],
  ]);
}

function run(page: Page, task: Task): Promise<Times> {
  return page.evaluate(
    (asked) =>
      new Promise<Times>((resolve, reject) => {
        const worker = new Worker("/worker.js", { type: "module" });
        worker.addEventListener("error", ({ message }) => reject(new Error(message)));
        worker.addEventListener(
          "message",
          ({ data }: MessageEvent<{ times: Times } | { failed: string }>) => {
            if ("times" in data) resolve(data.times);
            else reject(new Error(data.failed));
          },
        );
        worker.postMessage(asked);
      }),
    task,
  );
}

function summary(times: Times): Figure[] {
  const of = (name: string): number => median(times[name] ?? []);
  const each = (name: string): number => (of(name) / RECORDS) * 1000;
  const lines: Figure[] = [];
  for (const [work, limit] of [
    ["open", 0.5],
    ["seal", 0.6],
  ] as const) {
    for (const policy of [1, 2]) {
      const ours = each(`${work}, policy ${policy}`);
      for (const peer of ["WebCrypto", "libsodium", "noble"]) {
        const value = each(`${work}, ${peer}`);
        const name = `${work} ${RECORD_BYTES} B, policy ${policy}`;
        const line = figure(name, "µs/record", ours, { name: peer, value });
        const goal = policy === 1 ? 2 : limit;
        lines.push(peer === "WebCrypto" ? promised(line, goal) : line);
      }
    }
  }
  const stretched = (name: string, ours: string, peer: string, theirs: string): Figure =>
    promised(figure(name, "ms", of(ours), { name: peer, value: of(theirs) }), 1.05);
  return [
    ...lines,
    stretched("PBKDF2, 600,000", "PBKDF2, ours", "WebCrypto", "PBKDF2, WebCrypto"),
    stretched("Argon2id, 64 MiB, 3", "Argon2id, ours", "libsodium", "Argon2id, libsodium"),
  ];
}

await main();
