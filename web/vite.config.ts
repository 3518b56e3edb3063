/** How the app is built, and the service worker with it. */
import { defineConfig } from "vite";
import facts from "./package.json" with { type: "json" };
import { serviceWorker } from "./build/service-worker.ts";

export default defineConfig({
  define: { __LOCKSTEP_VERSION__: JSON.stringify(facts.version) },
  plugins: [serviceWorker()],
  build: {
    target: ["chrome123", "firefox125", "safari17.5"],
    // The policy of the page forbids data: scripts and styles, and the wasm
    // and the worker must stay files that a hash can name.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
