/** Short messages that go away by themselves. */

import { signal } from "@preact/signals";
import { onForget } from "../vault/connection.ts";

/** A short message. */
export interface Toast {
  text: string;
  action?: { name: string; run: () => void };
  /** How long it stays, in milliseconds; without it, until it is acted upon. */
  lastsMs?: number;
}

/** How long a message without an action stays. */
const LASTS_MS = 5_000;
/** How many are shown at once; an older one gives way. */
const SHOWN_MAX = 3;

/** The messages that are shown, oldest first. */
export const toasts = signal<readonly Toast[]>([]);

/** Shows a message. */
export function showToast(toast: Toast): void {
  toasts.value = [...toasts.value, toast].slice(-SHOWN_MAX);
  const lastsMs = toast.lastsMs ?? (toast.action ? null : LASTS_MS);
  if (lastsMs !== null) setTimeout(() => dismissToast(toast), lastsMs);
}

/** Takes a message away. */
export function dismissToast(toast: Toast): void {
  toasts.value = toasts.value.filter((other) => other !== toast);
}

// A message may offer to bring a note back; none outlives the unlocked vault.
onForget(() => {
  toasts.value = toasts.value.filter((toast) => toast.action && toast.lastsMs === undefined);
});
