/** Hands a pile of files to the vault, portion by portion. */

import { signal } from "@preact/signals";
import type { ImportFile, ImportOutcome } from "@lockstep/vault";
import type { Gathered } from "./gather.ts";
import { reasonOf } from "./gather.ts";
import { TimeLeft } from "./progress.ts";
import type { Pile, Skipped, Source } from "./sources.ts";
import { portions, sortPile } from "./sources.ts";

/** What an import came to. */
export interface Tally {
  added: number;
  updated: number;
  unchanged: number;
  notMarkdown: number;
  skipped: Skipped[];
}

/** How an import ended. */
export type Ending = { is: "done" } | { is: "cancelled" } | { is: "failed"; error: unknown };

/** Where an import stands. */
export type ImportStage =
  /** Finding out which files there are. */
  | { is: "reading" }
  | { is: "running"; done: number; total: number; secondsLeft: number | null }
  | { is: "ended"; ending: Ending };

/** Takes files over; answers in the order given. */
export type TakeOver = (files: ImportFile[]) => Promise<ImportOutcome[]>;

/** One import. */
export class ImportRun {
  /** Where it stands. */
  readonly stage = signal<ImportStage>({ is: "reading" });
  /** What it came to so far. */
  readonly tally: Tally = { added: 0, updated: 0, unchanged: 0, notMarkdown: 0, skipped: [] };

  readonly #takeOver: TakeOver;
  #cancelled = false;

  constructor(takeOver: TakeOver) {
    this.#takeOver = takeOver;
  }

  /** Stops after the portion that is under way; what is in stays in. */
  cancel(): void {
    this.#cancelled = true;
  }

  /** Runs to the end. Never rejects: how it ended is in {@link stage}. */
  async run(gathering: Promise<Gathered>): Promise<void> {
    let ending: Ending;
    try {
      const { sources, refused } = await gathering;
      const pile = sortPile(sources);
      this.tally.skipped.push(...refused, ...pile.skipped);
      this.tally.notMarkdown = pile.notMarkdown;
      await this.#takeAll(pile);
      ending = this.#cancelled ? { is: "cancelled" } : { is: "done" };
    } catch (error) {
      ending = { is: "failed", error };
    }
    this.stage.value = { is: "ended", ending };
  }

  async #takeAll(pile: Pile): Promise<void> {
    const total = pile.take.length;
    const timeLeft = new TimeLeft(total, performance.now());
    let done = 0;
    const show = (): void => {
      const secondsLeft = timeLeft.seconds(performance.now());
      this.stage.value = { is: "running", done, total, secondsLeft };
    };
    show();
    // The next portion is read from the disk while the vault has this one.
    const waiting = portions(pile.take);
    let next = this.#read(waiting.next());
    for (;;) {
      const portion = await next;
      if (!portion || this.#isCancelled()) return;
      next = this.#read(waiting.next());
      await this.#take(portion.files);
      done += portion.count;
      timeLeft.sample(done, performance.now());
      show();
    }
  }

  #isCancelled(): boolean {
    return this.#cancelled;
  }

  async #read(portion: IteratorResult<Source[], unknown>): Promise<Portion | null> {
    if (portion.done) return null;
    const files: ImportFile[] = [];
    for (const source of portion.value) {
      try {
        files.push(await source.read());
      } catch (error) {
        this.tally.skipped.push({ path: source.path, reason: reasonOf(error) });
      }
    }
    return { files, count: portion.value.length };
  }

  async #take(files: ImportFile[]): Promise<void> {
    if (files.length === 0) return;
    const paths = files.map((file) => file.path);
    const outcomes = await this.#takeOver(files);
    outcomes.forEach((outcome, at) => {
      if (outcome.outcome === "skipped") {
        this.tally.skipped.push({ path: paths[at] ?? "", reason: outcome.reason });
      } else {
        this.tally[outcome.outcome] += 1;
      }
    });
  }
}

interface Portion {
  files: ImportFile[];
  /** How many files of the pile this settles, unreadable ones too. */
  count: number;
}
