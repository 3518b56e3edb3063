/** Which files of a pile are handed to the vault, and in which portions. */

import type { ImportFile } from "@lockstep/vault";

/** A file that can be read when its turn comes. */
export interface Source {
  /** Path with `/`. */
  path: string;
  /** Length in bytes as far as it is known before reading. */
  size: number;
  read(): Promise<ImportFile>;
}

/** A file that is not taken over, and why, in words for a person. */
export interface Skipped {
  path: string;
  reason: string;
}

/** Text of one note, as in the vault's own limits. */
const NOTE_BYTES_MAX = 5 * 1024 * 1024;
/** Files of one portion. */
const PORTION_FILES_MAX = 250;
/** Bytes of one portion, unless one file alone is longer. */
const PORTION_BYTES_MAX = 1024 * 1024;

/** What the vault reads. */
const MARKDOWN = /\.(md|markdown|txt)$/i;
/** What systems leave behind and nobody wrote. */
const LITTER = /(^|\/)(__MACOSX\/|\.DS_Store$|\._|Thumbs\.db$|desktop\.ini$)/i;

/** What becomes of a file before it is read. */
export type Sorted = "take" | "ignore" | "not_markdown" | "too_large";

/** Sorts a file by its path and length. */
export function sortFile(path: string, size: number): Sorted {
  if (path.endsWith("/") || LITTER.test(path)) return "ignore";
  if (!MARKDOWN.test(path)) return "not_markdown";
  return size > NOTE_BYTES_MAX ? "too_large" : "take";
}

/** What a pile of files comes to. */
export interface Pile {
  take: Source[];
  skipped: Skipped[];
  /** How many files are not Markdown; they are counted, not listed. */
  notMarkdown: number;
}

/** Sorts a pile. */
export function sortPile(sources: Iterable<Source>): Pile {
  const pile: Pile = { take: [], skipped: [], notMarkdown: 0 };
  for (const source of sources) {
    const sorted = sortFile(source.path, source.size);
    if (sorted === "take") pile.take.push(source);
    else if (sorted === "not_markdown") pile.notMarkdown += 1;
    else if (sorted === "too_large") {
      pile.skipped.push({ path: source.path, reason: "Larger than 5 MB." });
    }
  }
  return pile;
}

/** Cuts a pile into portions that keep the worker quick to answer. */
export function* portions(sources: readonly Source[]): Generator<Source[]> {
  let portion: Source[] = [];
  let bytes = 0;
  for (const source of sources) {
    const full = portion.length >= PORTION_FILES_MAX || bytes + source.size > PORTION_BYTES_MAX;
    if (full && portion.length > 0) {
      yield portion;
      portion = [];
      bytes = 0;
    }
    portion.push(source);
    bytes += source.size;
  }
  if (portion.length > 0) yield portion;
}
