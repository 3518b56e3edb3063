/** Where the person is, kept in step with the browser's address bar. */

import { signal } from "@preact/signals";
import type { Place } from "./address.ts";
import { parsePlace, pathOf } from "./address.ts";

/** Where the person is. */
export const place = signal<Place>(parsePlace(location.pathname));

/** Whether a step is added to the browser's history. */
export type Step = "push" | "replace";

/** How many steps of this visit lie behind the present place. */
let stepsBehind = 0;

/** Goes somewhere. */
export function go(to: Place, step: Step = "push"): void {
  const path = pathOf(to);
  if (step === "push" && path !== location.pathname) {
    history.pushState(null, "", path);
    stepsBehind += 1;
  } else if (path !== location.pathname) {
    history.replaceState(null, "", path);
  }
  place.value = to;
}

/** Goes one step back if that stays in the app, else to a given place. */
export function goBack(otherwise: Place): void {
  if (stepsBehind > 0) history.back();
  else go(otherwise, "replace");
}

addEventListener("popstate", () => {
  stepsBehind = Math.max(0, stepsBehind - 1);
  place.value = parsePlace(location.pathname);
});
