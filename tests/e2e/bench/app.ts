/** Times what a person waits for, with the clock of the page itself. */
import type { App } from "../harness/app.ts";

/** How long anything may take before the measurement gives up. */
const LIMIT_MS = 600_000;

interface Clock {
  from: number;
  until: number;
}

type Timed = typeof globalThis & { clock: Clock };

/** From the choice of the folder to the summary, in milliseconds. */
export async function timeImport(app: App, folder: string): Promise<number> {
  await app.page.evaluate(() => {
    const clock: Clock = { from: 0, until: 0 };
    (globalThis as Timed).clock = clock;
    document.addEventListener("change", () => (clock.from = performance.now()), {
      capture: true,
      once: true,
    });
    const ended = (): boolean => document.querySelector('dialog [aria-label="Result"]') !== null;
    const watch = (): void => {
      if (clock.from > 0 && ended()) clock.until = performance.now();
      else requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
  });
  await app.startImport("folder", [folder]);
  const took = await elapsed(app);
  await app.closeDialog();
  return took;
}

/** From the press on Unlock to the list, in milliseconds. */
export async function timeUnlockToList(app: App, passphrase: string): Promise<number> {
  await app.passwordBox("Passphrase").fill(passphrase);
  await app.page.evaluate(() => {
    const clock: Clock = { from: 0, until: 0 };
    (globalThis as Timed).clock = clock;
    document.addEventListener("click", () => (clock.from = performance.now()), {
      capture: true,
      once: true,
    });
    const watch = (): void => {
      const item = document.querySelector('[aria-label="Notes"] [aria-setsize]');
      if (clock.from > 0 && item !== null) clock.until = performance.now();
      else requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
  });
  await app.button("Unlock").click();
  return elapsed(app);
}

/**
 * From the press on Unlock to the first answer of a search that is typed as
 * soon as there is a search box, in milliseconds.
 */
export async function timeUnlockToAnswer(
  app: App,
  passphrase: string,
  query: string,
): Promise<number> {
  await app.passwordBox("Passphrase").fill(passphrase);
  await app.page.evaluate((text) => {
    const clock: Clock = { from: 0, until: 0 };
    (globalThis as Timed).clock = clock;
    document.addEventListener("click", () => (clock.from = performance.now()), {
      capture: true,
      once: true,
    });
    let asked = false;
    const watch = (): void => {
      const box = document.querySelector<HTMLInputElement>('input[type="search"]');
      if (box !== null && !asked) {
        asked = true;
        box.value = text;
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
      }
      const hit = document.querySelector('[aria-label="Notes"] mark');
      if (clock.from > 0 && hit !== null) clock.until = performance.now();
      else requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
  }, query);
  await app.button("Unlock").click();
  return elapsed(app);
}

/**
 * From each keystroke to the frame after the list has changed, in
 * milliseconds. A keystroke that leaves the list as it is tells nothing and is
 * left out.
 */
export async function timeTyping(app: App, texts: string[]): Promise<number[]> {
  return app.page.evaluate(async (typed) => {
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const box = document.querySelector<HTMLInputElement>('input[type="search"]');
    const main = document.querySelector('[aria-label="Notes"]')?.parentElement;
    if (box === null || main === null || main === undefined) throw new Error("no search box");
    const took: number[] = [];
    for (const text of typed) {
      const changed = new Promise<number | undefined>((resolve) => {
        const observer = new MutationObserver((records) => {
          const inList = records.some(({ target }) => {
            const element = target instanceof Element ? target : target.parentElement;
            return element?.closest('[aria-label="Notes"]') !== null;
          });
          if (!inList) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(performance.now()));
        });
        observer.observe(main, { subtree: true, childList: true, characterData: true });
        setTimeout(() => {
          observer.disconnect();
          resolve(undefined);
        }, 1500);
      });
      const asked = performance.now();
      box.value = text;
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
      const shown = await changed;
      if (shown !== undefined) took.push(shown - asked);
      await pause(40);
    }
    box.value = "";
    box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    return took;
  }, texts);
}

/** Bytes that this origin holds in IndexedDB. */
export function bytesInIndexedDb(app: App): Promise<number> {
  return app.page.evaluate(async () => {
    const details = (await navigator.storage.estimate()) as StorageEstimate & {
      usageDetails?: { indexedDB?: number };
    };
    return details.usageDetails?.indexedDB ?? details.usage ?? 0;
  });
}

/** Whether the server holds as many operations as there are notes. */
export function allSent(app: App, notes: number): Promise<boolean> {
  return app.page.evaluate(async (count) => {
    const headers = { accept: "application/json" };
    const answer = await fetch("/api/sync/poll", { headers });
    const { head } = (await answer.json()) as { head: { cursor: number } };
    return head.cursor >= count;
  }, notes);
}

async function elapsed(app: App): Promise<number> {
  await app.page.waitForFunction(() => (globalThis as Timed).clock.until > 0, undefined, {
    timeout: LIMIT_MS,
  });
  const { from, until } = await app.page.evaluate(() => (globalThis as Timed).clock);
  return until - from;
}
