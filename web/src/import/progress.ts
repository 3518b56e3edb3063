/** How far an import has come, and how long it will still take. */

/** The part of the first samples that does not count, since it warms things up. */
const SETTLE_MS = 800;
/** How much a new sample moves the estimate. */
const WEIGHT = 0.25;

/** Estimates the time left from how fast things went lately. */
export class TimeLeft {
  readonly #total: number;
  readonly #startedMs: number;
  #doneBefore = 0;
  #sampledMs: number;
  #perSecond: number | null = null;

  constructor(total: number, nowMs: number) {
    this.#total = total;
    this.#startedMs = nowMs;
    this.#sampledMs = nowMs;
  }

  /** Tells how many are done by now. */
  sample(done: number, nowMs: number): void {
    const elapsed = nowMs - this.#sampledMs;
    if (elapsed <= 0 || done <= this.#doneBefore) return;
    const rate = ((done - this.#doneBefore) * 1_000) / elapsed;
    this.#perSecond =
      this.#perSecond === null ? rate : this.#perSecond + WEIGHT * (rate - this.#perSecond);
    this.#doneBefore = done;
    this.#sampledMs = nowMs;
  }

  /** Seconds left; `null` while that cannot be told. */
  seconds(nowMs: number): number | null {
    if (this.#perSecond === null || nowMs - this.#startedMs < SETTLE_MS) return null;
    const sinceSample = (nowMs - this.#sampledMs) / 1_000;
    return Math.max(0, (this.#total - this.#doneBefore) / this.#perSecond - sinceSample);
  }
}

/** Says a time left so that it does not flicker. */
export function timeLeftText(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 3) return "a moment left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} seconds left`;
  const minutes = Math.round(seconds / 60);
  return minutes <= 1 ? "about a minute left" : `about ${minutes} minutes left`;
}
