/** Reading what the vault says went wrong. */

/** The stable code of a vault's error; `null` for anything else. */
export function codeOf(error: unknown): string | null {
  if (typeof error === "object" && error !== null && "code" in error) {
    return typeof error.code === "string" ? error.code : null;
  }
  return null;
}

/** What a person reads: the vault's own sentence where there is one. */
export function sentenceOf(error: unknown): string {
  if (codeOf(error) !== null && error instanceof Error && error.message) return error.message;
  return "Lockstep made a mistake. Reload; what was saved is safe.";
}

/** Whether this is only the vault having been locked in the middle of something. */
export function isInterruption(error: unknown): boolean {
  const code = codeOf(error);
  return code === "stopped" || code === "locked";
}
