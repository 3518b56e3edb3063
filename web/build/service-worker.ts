/**
 * Builds the service worker after the app, with the list of files that the
 * app's build wrote. Nothing on that list is written by hand.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { build } from "vite";
import { LOCKED_PATH } from "../../sw/src/policy.ts";

const ENTRY = fileURLToPath(new URL("../../sw/src/index.ts", import.meta.url));
/** What Vite puts between a name and its ending when it hashes the content. */
const HASHED = /^\/assets\/.+-[\w-]{8}\.\w+$/;

/** The plugin. */
export function serviceWorker(): Plugin {
  let outDir = "";
  return {
    name: "lockstep-service-worker",
    apply: "build",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    closeBundle: { order: "post", sequential: true, handler: () => buildWorker(outDir) },
  };
}

/** Builds `sw.js` into the folder that holds the app. */
async function buildWorker(outDir: string): Promise<void> {
  const files = listFiles(outDir);
  const manifest = {
    version: digest(outDir, files),
    files: [
      ...files.map((path) => ({ path, hashed: HASHED.test(path) })),
      // No file: the server answers the app's page there, with other headers.
      { path: LOCKED_PATH, hashed: false },
    ],
  };
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    define: { LOCKSTEP_BUILD: JSON.stringify(manifest) },
    build: {
      outDir,
      emptyOutDir: false,
      target: ["chrome123", "firefox125", "safari17.5"],
      rolldownOptions: {
        input: ENTRY,
        output: { format: "iife", entryFileNames: "sw.js" },
      },
    },
  });
}

/** Every file of the app as a path from its root, in order. */
function listFiles(outDir: string): string[] {
  return readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => "/" + relative(outDir, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => path !== "/sw.js")
    .sort();
}

/** Changes whenever a file does. */
function digest(outDir: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of files) hash.update(path).update(readFileSync(join(outDir, path)));
  return hash.digest("hex").slice(0, 16);
}
