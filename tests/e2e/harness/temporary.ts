/** Folders that live as long as a test, and reading all that is in one. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new, empty folder. */
export function temporaryFolder(purpose: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `lockstep-${purpose}-`));
}

/** Removes a folder with all that is in it. */
export async function removeFolder(folder: string): Promise<void> {
  // A browser that was just killed may still be letting go of its files.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Every file below a folder, by its path from there with `/`. */
export async function filesBelow(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async (entry): Promise<[string, Buffer]> => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(folder.length + 1).replaceAll("\\", "/"), await readFile(path)];
  });
  return new Map((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
