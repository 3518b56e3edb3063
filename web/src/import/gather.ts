/** Turns what a person picked or dropped into a pile of files. */

import type { Skipped, Source } from "./sources.ts";
import { ArchiveError, openArchive } from "./zip.ts";

/** Files as they came, and archives that could not be opened. */
export interface Gathered {
  sources: Source[];
  refused: Skipped[];
}

interface Found {
  path: string;
  file: File;
}

/** What was picked with a file box. */
export function gatherPicked(files: Iterable<File>): Promise<Gathered> {
  const found = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return gather(found);
}

/** Entries of a drop; must be called before the event's handler returns. */
export function entriesOf(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
}

/** What was dropped on the window, folders with everything in them. */
export async function gatherDropped(entries: readonly FileSystemEntry[]): Promise<Gathered> {
  const found: Found[] = [];
  for (const entry of entries) await walk(entry, found);
  return gather(found);
}

async function gather(found: readonly Found[]): Promise<Gathered> {
  const gathered: Gathered = { sources: [], refused: [] };
  for (const { path, file } of found) {
    if (!/\.zip$/i.test(path)) {
      gathered.sources.push(sourceOf(path, file));
      continue;
    }
    try {
      gathered.sources.push(...(await openArchive(file)));
    } catch (error) {
      gathered.refused.push({ path, reason: reasonOf(error) });
    }
  }
  return gathered;
}

/** Why a file could not be read, for a person. */
export function reasonOf(error: unknown): string {
  return error instanceof ArchiveError ? error.message : "This file could not be read.";
}

function sourceOf(path: string, file: File): Source {
  return {
    path,
    size: file.size,
    read: async () => ({
      path,
      bytes: new Uint8Array(await file.arrayBuffer()),
      modified_ms: file.lastModified,
    }),
  };
}

async function walk(entry: FileSystemEntry, found: Found[]): Promise<void> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    // A reader hands out its entries in portions, and an empty one at the end.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) return;
      for (const child of some) await walk(child, found);
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
