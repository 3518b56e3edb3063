/**
 * The service worker: the app starts without a network.
 *
 * - On install, every file of this build goes into a cache of its own.
 * - It waits until the person reloads: no page ever runs on half an update.
 * - On activation, the caches of other builds go.
 * - A file of the build comes from the cache; any address of the app opens the
 *   app's page; everything else, above all `/api` and `/v1`, is not touched.
 *
 * Trust boundary: `e2ee_boundary`. It outlives a lock, so no key comes here.
 */

import type { Build } from "./policy.ts";
import { decide } from "./policy.ts";
import { install, removeOthers, serve } from "./shell-cache.ts";

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build, from its own list of what it wrote. */
declare const LOCKSTEP_BUILD: Build;

const build = LOCKSTEP_BUILD;
const files = new Set(build.files.map((file) => file.path));

self.addEventListener("install", (event) => {
  event.waitUntil(install(build));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(removeOthers(build).then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "activate") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const decision = decide(event.request, self.location.origin, files);
  if (decision.do === "serve") event.respondWith(serve(build, decision.path, event.request));
});
