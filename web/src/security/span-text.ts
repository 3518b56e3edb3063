/** Spans of time as a person says them. */

const MINUTE_MS = 60_000;

/** A span of time in words. */
export function spanText(ms: number): string {
  if (ms === 0) return "At once";
  if (ms < MINUTE_MS) return `After ${ms / 1_000} seconds`;
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes === 60) return "After an hour";
  return minutes === 1 ? "After a minute" : `After ${minutes} minutes`;
}
