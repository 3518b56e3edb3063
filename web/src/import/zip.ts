/**
 * The files of a .zip, read one portion at a time. What an archive says about
 * itself is not believed: the lengths bound what is unpacked, and an archive
 * that would be too large in all is refused before anything is.
 */

import { unzipSync } from "fflate";
import type { Source } from "./sources.ts";
import { sortFile } from "./sources.ts";

/** What all that is taken out of one archive may come to, in bytes. */
const UNPACKED_BYTES_MAX = 1024 * 1024 * 1024;
/** How long an archive may be, in bytes. */
const ARCHIVE_BYTES_MAX = 1024 * 1024 * 1024;
/** How often a file may have been shrunk: deflate cannot do better. */
const RATIO_MAX = 1_040;

/** Why an archive is refused. */
export type ArchiveFault = "broken" | "encrypted" | "too_large";

const SENTENCES: Record<ArchiveFault, string> = {
  broken: "This .zip file could not be read.",
  encrypted: "This .zip file is locked with a password. Unpack it first.",
  too_large: "This .zip file holds more than 1 GB. Take it over in parts.",
};

/** An archive that is refused; the message is for a person. */
export class ArchiveError extends Error {
  readonly fault: ArchiveFault;

  constructor(fault: ArchiveFault) {
    super(SENTENCES[fault]);
    this.name = "ArchiveError";
    this.fault = fault;
  }
}

/** Lists an archive. Throws {@link ArchiveError}. */
export async function openArchive(file: Blob): Promise<Source[]> {
  if (file.size > ARCHIVE_BYTES_MAX) throw new ArchiveError("too_large");
  return listArchive(new Uint8Array(await file.arrayBuffer()));
}

/** Lists the bytes of an archive. Throws {@link ArchiveError}. */
export function listArchive(archive: Uint8Array): Source[] {
  const entries: Entry[] = [];
  const taken: Entry[] = [];
  directoryOf(archive, (entry) => {
    if (entry.originalSize > Math.max(1, entry.size) * RATIO_MAX) throw new ArchiveError("broken");
    entries.push(entry);
    if (sortFile(entry.name, entry.originalSize) === "take") taken.push(entry);
  });
  if (isEncrypted(archive)) throw new ArchiveError("encrypted");
  const unpackedBytes = taken.reduce((sum, entry) => sum + entry.originalSize, 0);
  if (unpackedBytes > UNPACKED_BYTES_MAX) throw new ArchiveError("too_large");
  const unpacker = new Unpacker(archive, taken);
  return entries.map(({ name, originalSize }) => {
    const path = name.replaceAll("\\", "/");
    const read = () => Promise.resolve().then(() => ({ path, bytes: unpacker.read(name) }));
    return { path, size: originalSize, read };
  });
}

/** Files that are unpacked in one walk through the directory. */
const WALK_FILES = 250;
/** Bytes that are unpacked in one walk, unless one file alone is longer. */
const WALK_BYTES = 8 * 1024 * 1024;

/**
 * Unpacks files a stretch ahead of what is asked for: each walk through the
 * directory passes every entry, so one walk a file would take quadratic time.
 */
class Unpacker {
  readonly #archive: Uint8Array;
  readonly #entries: readonly Entry[];
  readonly #places: Map<string, number>;
  #ahead = new Map<string, Uint8Array>();

  constructor(archive: Uint8Array, entries: readonly Entry[]) {
    this.#archive = archive;
    this.#entries = entries;
    this.#places = new Map(entries.map((entry, at) => [entry.name, at]));
  }

  /** The content of a file. Throws {@link ArchiveError}. */
  read(name: string): Uint8Array {
    const bytes = this.#take(name) ?? this.#unpackFrom(name);
    if (!bytes) throw new ArchiveError("broken");
    return bytes;
  }

  #take(name: string): Uint8Array | undefined {
    const bytes = this.#ahead.get(name);
    this.#ahead.delete(name);
    return bytes;
  }

  #unpackFrom(name: string): Uint8Array | undefined {
    try {
      this.#ahead = unpack(this.#archive, this.#stretch(name));
    } catch {
      // One damaged file must not hold up its neighbours.
      this.#ahead = unpack(this.#archive, new Set([name]));
    }
    return this.#take(name);
  }

  #stretch(name: string): Set<string> {
    const names = new Set([name]);
    let bytes = 0;
    const from = this.#places.get(name) ?? this.#entries.length;
    for (const entry of this.#entries.slice(from, from + WALK_FILES)) {
      bytes += entry.originalSize;
      if (bytes > WALK_BYTES) break;
      names.add(entry.name);
    }
    return names;
  }
}

interface Entry {
  name: string;
  size: number;
  originalSize: number;
}

/** Reads an archive's directory without unpacking anything. */
function directoryOf(archive: Uint8Array, visit: (entry: Entry) => void): void {
  try {
    unzipSync(archive, {
      filter(entry) {
        visit(entry);
        return false;
      },
    });
  } catch (error) {
    throw error instanceof ArchiveError ? error : new ArchiveError("broken");
  }
}

/** Unpacks some files. Throws {@link ArchiveError}. */
function unpack(archive: Uint8Array, names: ReadonlySet<string>): Map<string, Uint8Array> {
  try {
    const files = unzipSync(archive, { filter: (entry) => names.has(entry.name) });
    return new Map(Object.entries(files));
  } catch {
    // What the library throws says nothing to a person.
    throw new ArchiveError("broken");
  }
}

/** Where a central directory entry's general purpose flags are (APPNOTE 4.3.12). */
const FLAGS_AT = 8;
const ENTRY_SIGNATURE = 0x02014b50;
const END_SIGNATURE = 0x06054b50;
const END_LENGTH = 22;

/** Whether any entry of the directory is encrypted (APPNOTE 4.4.4, bit 0). */
function isEncrypted(archive: Uint8Array): boolean {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  let end = archive.length - END_LENGTH;
  while (end >= 0 && view.getUint32(end, true) !== END_SIGNATURE) end -= 1;
  if (end < 0) return false;
  let at = view.getUint32(end + 16, true);
  while (at + 46 <= archive.length && view.getUint32(at, true) === ENTRY_SIGNATURE) {
    if ((view.getUint16(at + FLAGS_AT, true) & 1) === 1) return true;
    const variable = [28, 30, 32].reduce((sum, field) => sum + view.getUint16(at + field, true), 0);
    at += 46 + variable;
  }
  return false;
}
