/** Waiting for something that no locator can name. */
import { setTimeout as pause } from "node:timers/promises";

/** Asks until the answer is yes; the error says what never came. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
  limit_ms = 20_000,
): Promise<void> {
  const giveUp = Date.now() + limit_ms;
  while (Date.now() < giveUp) {
    if (await holds()) return;
    await pause(100);
  }
  throw new Error(`not within ${limit_ms / 1000} s: ${what}`);
}
