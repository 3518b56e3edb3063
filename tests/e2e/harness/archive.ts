/** Packs .zip files for imports. */
import { zipSync } from "fflate";

/** A .zip of files by their paths. */
export function packed(files: Map<string, Uint8Array>): Uint8Array {
  return zipSync(Object.fromEntries(files), { level: 6 });
}
