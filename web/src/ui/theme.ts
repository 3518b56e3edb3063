/** Light, dark, or as the system has it. */

import { effect, signal } from "@preact/signals";

/** What a person may choose. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "theme";
const GROUND = { light: "#faf9f6", dark: "#131413" } as const;

/** What the person chose. */
export const theme = signal<Theme>(readTheme());

/** Begins to show what is chosen. */
export function setUpTheme(): void {
  effect(() => {
    const chosen = theme.value;
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
      const own = meta.media.includes("dark") ? "dark" : "light";
      meta.content = GROUND[chosen === "system" ? own : chosen];
    }
    try {
      if (chosen === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, chosen);
    } catch {
      // A browser without storage forgets the choice; nothing else depends on it.
    }
  });
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find((one) => one === kept) ?? "system";
  } catch {
    return "system";
  }
}
