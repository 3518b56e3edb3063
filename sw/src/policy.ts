/**
 * What the service worker does with a request. Pure, so that a test can ask.
 *
 * It serves the app's own files and nothing else: whatever belongs to the
 * vault or to syncing goes to the network untouched, and is never cached.
 */

/** The files of one build, as the build wrote them. */
export interface Build {
  /** Changes whenever any file changes. */
  version: string;
  /** Paths from the root; the app's page is `/index.html`. */
  files: readonly PrecachedFile[];
}

/** One file of a build. */
export interface PrecachedFile {
  path: string;
  /** Whether the name changes with the content. */
  hashed: boolean;
}

/** What to do with a request. */
export type Decision =
  /** Leave it to the browser. */
  | { do: "pass" }
  /** Answer with a file of this build. */
  | { do: "serve"; path: string };

/** What the policy looks at. */
export interface Asked {
  method: string;
  mode: string;
  /** The address, whole. */
  url: string;
}

/** Prefixes that belong to the server. */
const SERVER_PREFIXES = ["/api/", "/v1/"] as const;
/** Single addresses that belong to the server. */
const SERVER_PATHS = ["/api", "/v1", "/health", "/ready", "/metrics"] as const;

/** The page that every address of the app starts with. */
export const SHELL_PATH = "/index.html";

/**
 * The page at which a locked vault gets a fresh process. The server gives it
 * headers of its own, so it is kept as it came from there.
 */
export const LOCKED_PATH = "/locked";

/** Decides about one request. */
export function decide(asked: Asked, origin: string, files: ReadonlySet<string>): Decision {
  const url = new URL(asked.url);
  if (asked.method !== "GET" || url.origin !== origin || isServers(url.pathname)) {
    return { do: "pass" };
  }
  if (files.has(url.pathname)) return { do: "serve", path: url.pathname };
  if (asked.mode === "navigate") return { do: "serve", path: SHELL_PATH };
  return { do: "pass" };
}

/** Whether a path is the server's to answer. */
function isServers(path: string): boolean {
  return (
    SERVER_PATHS.some((own) => own === path) ||
    SERVER_PREFIXES.some((prefix) => path.startsWith(prefix))
  );
}

/** What every cache of ours is called, up to the version. */
const CACHE_PREFIX = "lockstep-shell-";

/** The name of a build's cache. */
export function cacheName(version: string): string {
  return CACHE_PREFIX + version;
}

/** The caches of other builds. */
export function outdated(names: readonly string[], version: string): string[] {
  return names.filter((name) => name.startsWith(CACHE_PREFIX) && name !== cacheName(version));
}
