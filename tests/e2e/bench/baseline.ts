/**
 * The peer: the same notes in the clear, with nothing but what a browser has.
 * One IndexedDB row a note, read whole after start, searched by
 * `String.includes` over all texts. No encryption, no index, no ranking, no
 * snippets, no sync: what it takes is the least that any app would take.
 */
import type { Page } from "playwright-core";

export const PEER = "plain text in IndexedDB, linear scan";

export interface Baseline {
  importedPerS: number;
  listShownMs: number;
  firstAnswerMs: number;
  /** From the question to the frame that shows the answer. */
  shownMs: number[];
  /** From the question to the answer. */
  scanMs: number[];
  bytesPerNote: number;
}

export interface PlainNote {
  path: string;
  text: string;
}

/** Measures in a page of its own origin; `queries` in the order typed. */
export async function baseline(
  page: Page,
  notes: PlainNote[],
  queries: string[],
): Promise<Baseline> {
  const importMs = await page.evaluate(store, notes);
  await page.reload();
  const read = await page.evaluate(readAndSearch, queries);
  const bytes = await page.evaluate(async () => {
    const details = (await navigator.storage.estimate()) as StorageEstimate & {
      usageDetails?: { indexedDB?: number };
    };
    return details.usageDetails?.indexedDB ?? details.usage ?? 0;
  });
  return {
    ...read,
    importedPerS: notes.length / (importMs / 1000),
    bytesPerNote: bytes / notes.length,
  };
}

/** Runs in the page: every note one row, all in one transaction. */
async function store(notes: PlainNote[]): Promise<number> {
  const started = performance.now();
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open("plain", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("notes", { keyPath: "path" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error("open"));
  });
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction("notes", "readwrite");
    for (const { path, text } of notes) {
      const title = /^# (.*)$/m.exec(text)?.[1] ?? path;
      transaction.objectStore("notes").put({ path, title, text, changed: Date.now() });
    }
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(new Error("abort"));
  });
  const took = performance.now() - started;
  database.close();
  return took;
}

/** Runs in the page, freshly loaded. */
async function readAndSearch(
  queries: string[],
): Promise<Omit<Baseline, "importedPerS" | "bytesPerNote">> {
  interface Row {
    title: string;
    text: string;
    changed: number;
  }
  const painted = (): Promise<void> =>
    new Promise((resolve) => requestAnimationFrame(() => resolve()));
  const started = performance.now();
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open("plain", 1);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error("open"));
  });
  const rows = await new Promise<Row[]>((resolve, reject) => {
    const reading = database.transaction("notes").objectStore("notes").getAll();
    reading.onsuccess = () => resolve(reading.result as Row[]);
    reading.onerror = () => reject(new Error("read"));
  });
  rows.sort((a, b) => b.changed - a.changed);
  const list = document.createElement("ul");
  document.body.append(list);
  const show = (hits: Row[]): void => {
    const items = hits.slice(0, 50).map((row) => {
      const item = document.createElement("li");
      item.textContent = row.title;
      return item;
    });
    list.replaceChildren(...items);
  };
  show(rows);
  await painted();
  const listShownMs = performance.now() - started;

  const lowered = rows.map((row) => ({ row, text: `${row.title}\n${row.text}`.toLowerCase() }));
  const search = (query: string): Row[] => {
    const words = query.toLowerCase().split(/\s+/);
    const hits = lowered.filter(({ text }) => words.every((word) => text.includes(word)));
    return hits.map(({ row }) => row);
  };
  show(search(queries[0] ?? ""));
  await painted();
  const firstAnswerMs = performance.now() - started;

  const shownMs: number[] = [];
  const scanMs: number[] = [];
  for (const query of queries) {
    const asked = performance.now();
    const hits = search(query);
    scanMs.push(performance.now() - asked);
    show(hits);
    await painted();
    shownMs.push(performance.now() - asked);
  }
  database.close();
  return { listShownMs, firstAnswerMs, shownMs, scanMs };
}
