/** The processes of one browser, and what is in their memory (Linux, as root). */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** One process of a browser. */
export interface Process {
  id: number;
  /** "browser", "renderer" (pages and workers), "utility", "gpu-process", "zygote" … */
  type: string;
}

/** What to look for, by a name for the report. */
export type Needles = ReadonlyMap<string, readonly Buffer[]>;

/** What one process has. */
export interface Finding {
  process: Process;
  /** How often each needle is there. */
  found: Map<string, number>;
  /** How much was read. */
  bytes: number;
}

const CHUNK_BYTES = 8 << 20;
const PAGE_BYTES = 4096;
/** Pages whose presence is asked for at once. */
const PAGES_ASKED = 1 << 15;
/** Longer than any needle, so that none is cut by the end of a chunk. */
const OVERLAP_BYTES = PAGE_BYTES;
/** Bits of a pagemap entry: in memory, or swapped out. */
const PRESENT = 0xc0;

/** The browser that runs on a profile, and every process below it. */
export function processesOf(profile: string): Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => describe(Number(name)))
    .filter((one) => one !== undefined);
  const ours = new Map<number, Process>();
  for (const { id, type, line } of all) {
    if (line.includes(`--user-data-dir=${profile}`)) ours.set(id, { id, type });
  }
  for (let before = -1; before !== ours.size;) {
    before = ours.size;
    for (const { id, type, parent } of all) if (ours.has(parent)) ours.set(id, { id, type });
  }
  return [...ours.values()].sort((a, b) => a.id - b.id);
}

/** Looks through all that a process could write to; `undefined` if it has ended. */
export function search(process: Process, needles: Needles): Finding | undefined {
  let memory: number, pages: number, maps: string;
  try {
    maps = readFileSync(`/proc/${process.id}/maps`, "utf8");
    memory = openSync(`/proc/${process.id}/mem`, "r");
    pages = openSync(`/proc/${process.id}/pagemap`, "r");
  } catch (error) {
    if (ended(error)) return undefined;
    throw error;
  }
  const finding: Finding = { process, found: new Map(), bytes: 0 };
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const step = CHUNK_BYTES - OVERLAP_BYTES;
  for (const line of maps.split("\n")) {
    const region = /^([0-9a-f]+)-([0-9a-f]+) (\S+)/.exec(line);
    if (region?.[3]?.startsWith("rw") !== true) continue;
    const [from, to] = [parseInt(region[1] ?? "", 16), parseInt(region[2] ?? "", 16)];
    for (const [first, end] of presentRuns(pages, from, to)) {
      for (let at = first; at < end; at += step) {
        const read = readAt(memory, chunk, Math.min(CHUNK_BYTES, end - at), at);
        finding.bytes += read;
        count(chunk.subarray(0, read), needles, finding.found);
      }
    }
  }
  closeSync(memory);
  closeSync(pages);
  return finding;
}

function describe(id: number) {
  try {
    const line = readFileSync(`/proc/${id}/cmdline`, "utf8");
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]);
    return { id, line, parent, type: /--type=([\w-]+)/.exec(line)?.[1] ?? "browser" };
  } catch (error) {
    if (ended(error)) return undefined;
    throw error;
  }
}

/** Stretches of pages that exist: engines reserve far more than they use. */
function* presentRuns(pages: number, from: number, to: number): Generator<[number, number]> {
  const entries = Buffer.alloc(8 * PAGES_ASKED);
  let start: number | undefined;
  for (let at = from; at < to; at += PAGES_ASKED * PAGE_BYTES) {
    const asked = Math.min(PAGES_ASKED, (to - at) / PAGE_BYTES);
    const read = readAt(pages, entries, asked * 8, (at / PAGE_BYTES) * 8);
    for (let page = 0; page < asked; page += 1) {
      // Its highest byte holds the flags.
      const flags = page * 8 < read ? (entries[page * 8 + 7] ?? 0) : 0;
      const address = at + page * PAGE_BYTES;
      if ((flags & PRESENT) !== 0) {
        start ??= address;
      } else if (start !== undefined) {
        yield [start, address];
        start = undefined;
      }
    }
  }
  if (start !== undefined) yield [start, to];
}

function readAt(file: number, into: Buffer, length: number, at: number): number {
  try {
    return readSync(file, into, 0, length, at);
  } catch {
    // Given back to the system since the map was read, or a device's memory.
    return 0;
  }
}

function count(bytes: Buffer, needles: Needles, found: Map<string, number>): void {
  for (const [name, spellings] of needles) {
    for (const spelling of spellings) {
      for (let at = bytes.indexOf(spelling); at >= 0; at = bytes.indexOf(spelling, at + 1)) {
        found.set(name, (found.get(name) ?? 0) + 1);
      }
    }
  }
}

function ended(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ESRCH";
}
