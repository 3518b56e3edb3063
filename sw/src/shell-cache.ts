/** The cache that holds one build of the app, whole or not at all. */

import type { Build, PrecachedFile } from "./policy.ts";
import { cacheName, outdated } from "./policy.ts";

/**
 * Fetches every file of a build. A file whose name carries its hash is taken
 * over from an older build's cache. Rejects if any file is missing, and then
 * leaves nothing behind: the running version stays in charge.
 */
export async function install(build: Build): Promise<void> {
  const name = cacheName(build.version);
  const cache = await caches.open(name);
  try {
    await Promise.all(build.files.map(async (file) => cache.put(file.path, await obtain(file))));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

/** One file: from an older cache if it cannot have changed, else fetched. */
async function obtain(file: PrecachedFile): Promise<Response> {
  if (file.hashed) {
    const kept = await caches.match(file.path);
    if (kept) return kept;
  }
  const response = await fetch(file.path, { cache: "reload", credentials: "same-origin" });
  if (!response.ok || response.redirected) {
    throw new Error(`${file.path} answered ${response.status}`);
  }
  return response;
}

/** Removes the caches of every other build. */
export async function removeOthers(build: Build): Promise<void> {
  const names = outdated(await caches.keys(), build.version);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** Answers with a file of the build; asks the network if the cache was evicted. */
export async function serve(build: Build, path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName(build.version));
  return (await cache.match(path)) ?? fetch(request);
}
