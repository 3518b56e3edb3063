/** Registers the service worker, and offers a new version when one waits. */

import { showToast } from "./ui/toasts.ts";
import { flushAll } from "./notes/desk.ts";

const SCRIPT = "/sw.js";

/** Registers it; where there is none, the app works without. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  addEventListener("load", () => {
    navigator.serviceWorker.register(trustedScript(), { updateViaCache: "none" }).then(
      (registration) => {
        if (registration.waiting && navigator.serviceWorker.controller) offer(registration.waiting);
        registration.addEventListener("updatefound", () => watch(registration.installing));
      },
      () => {
        // Private windows may refuse one. Only starting offline needs it.
      },
    );
  });
}

/** The one address that may be registered, in the form that Trusted Types ask for. */
function trustedScript(): string {
  const factory = window.trustedTypes;
  if (!factory) return SCRIPT;
  const policy = factory.createPolicy("lockstep-service-worker", {
    createScriptURL(url) {
      if (url === SCRIPT) return url;
      throw new TypeError("only the app's own service worker may be registered");
    },
  });
  // The DOM's types have no trusted ones yet; the value is handed over as it is.
  return policy.createScriptURL(SCRIPT) as unknown as string;
}

function watch(worker: ServiceWorker | null): void {
  worker?.addEventListener("statechange", () => {
    if (worker.state === "installed" && navigator.serviceWorker.controller) offer(worker);
  });
}

/** Never mid-sentence: the new version starts when the person says so. */
function offer(waiting: ServiceWorker): void {
  showToast({
    text: "Update ready",
    action: {
      name: "Reload",
      run: () => {
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {
          once: true,
        });
        void flushAll().then(() => waiting.postMessage("activate"));
      },
    },
  });
}
