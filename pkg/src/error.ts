/** Failures, as a page sees them. */

/**
 * The codes that this package gives by itself, without the vault having been
 * asked. The sentences are those of `crates/vault-types/src/code.rs`; a test
 * of `vault-wasm` holds the two against each other.
 */
const SENTENCES = {
  internal: "Lockstep made a mistake. Reload; what was saved is safe.",
  offline: "The server cannot be reached. What you write is kept on this device.",
  open_elsewhere: "Lockstep is open in another tab of this browser.",
  stopped: "The vault was locked before this finished.",
  unsupported:
    "This browser lacks something that Lockstep needs. Use a current version of Firefox, Chrome, Edge or Safari.",
};

/** A code that this package gives by itself. */
export type PageCode = keyof typeof SENTENCES;

/**
 * Why something was not done.
 *
 * `code` is stable: it never changes its meaning and never goes away.
 * `message` is a sentence for a person, says what to do, and may be improved
 * at any time.
 */
export class LockstepError extends Error {
  override readonly name = "LockstepError";
  /** The stable code, such as `cannot_unlock`. */
  readonly code: string;

  constructor(code: string, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** The failure with one of this package's own codes. */
export function failure(code: PageCode): LockstepError {
  return new LockstepError(code, SENTENCES[code]);
}
