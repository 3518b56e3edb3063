/** The list that is shown: a section, or what a search found. */

import { batch, signal } from "@preact/signals";
import type { Kind, NewestRows, SearchPage } from "@lockstep/vault";
import { SECTIONS } from "../address.ts";
import { isUnlocked, onForget, onNotice, report, vault } from "../vault/connection.ts";
import { Newest } from "./newest.ts";
import type { RowPage } from "./rows.ts";
import { Rows, STRETCH } from "./rows.ts";

/** Hits that the vault hands out for one search. */
export const HITS_MAX = 1_000;
/** How long changes gather before the list is fetched again, in milliseconds. */
const REFRESH_DELAY_MS = 150;

/** What is typed into the search box. */
export const query = signal("");
/** The rows of the list. */
export const rows = signal<Rows | null>(null);
/** How many notes match the search; `null` while there is none. */
export const found = signal<number | null>(null);
/** How many notes each section has, as far as known. */
export const counts = signal<Partial<Record<Kind, number>>>({});
/** The section that is shown. */
export const section = signal<Kind>("idea");

const sectionRows = new Map<Kind, Rows>();
/** Whether the list is one that was shown before the vault was open. */
let isAhead = false;
let refreshTimer: ReturnType<typeof setTimeout> | undefined;

const searches = new Newest<string, SearchPage>(
  (text) => vault().search(text, { limit: STRETCH }),
  showHits,
  report,
);

/** Shows a section. A search stays on top of it until it is cleared. */
export function showSection(kind: Kind): void {
  const changed = section.value !== kind;
  section.value = kind;
  if (query.value !== "") return;
  if (changed || !rows.value) showSectionRows();
}

/** Searches for what is typed; nothing typed shows the section again. */
export function setQuery(text: string): void {
  query.value = text;
  if (text.trim() !== "") {
    searches.put(text);
    return;
  }
  searches.clear();
  found.value = null;
  showSectionRows();
}

/** Fetches again whatever is shown, soon. */
export function refreshListing(): void {
  refreshTimer ??= setTimeout(() => {
    refreshTimer = undefined;
    if (!isUnlocked()) return;
    rows.value?.refresh();
    void countSections();
  }, REFRESH_DELAY_MS);
}

/** Counts the notes of each section. */
export async function countSections(): Promise<void> {
  try {
    const pages = await Promise.all(
      SECTIONS.map(async ({ kind }) => {
        const { total } = await vault().list({ kind, limit: 1 });
        return [kind, total] as const;
      }),
    );
    counts.value = Object.fromEntries(pages);
  } catch (error) {
    report(error);
  }
}

/** Shows how a section begins, before the vault answers for its records. */
export function showNewest(kind: Kind, sections: NewestRows[]): void {
  section.value = kind;
  isAhead = true;
  for (const { kind: of, total, items } of sections) {
    counts.value = { ...counts.value, [of]: total };
    if (of === kind) rows.value = sectionList(kind, { total, items });
  }
}

/** The vault is open now: what was shown ahead of that is fetched like the rest. */
export function completeNewest(): void {
  if (isAhead) rows.value?.refresh();
  isAhead = false;
}

function showSectionRows(): void {
  const kind = section.value;
  let shown = sectionRows.get(kind);
  if (shown) {
    shown.refresh();
  } else {
    shown = sectionList(kind);
    shown.show(0, 0);
  }
  rows.value = shown;
}

function sectionList(kind: Kind, first?: RowPage): Rows {
  const fetch = (offset: number, limit: number): Promise<RowPage> =>
    vault().list({ kind, offset, limit });
  const list = new Rows(fetch, report, first);
  sectionRows.set(kind, list);
  return list;
}

function showHits(text: string, page: SearchPage): void {
  if (query.value.trim() === "") return;
  batch(() => {
    found.value = page.total;
    rows.value = new Rows((offset, limit) => fetchHits(text, offset + limit, offset), report, {
      total: Math.min(page.total, HITS_MAX),
      items: page.hits,
    });
  });
}

/** The vault ranks from the top, so a later stretch comes with those before. */
async function fetchHits(text: string, end: number, offset: number): Promise<RowPage> {
  const page = await vault().search(text, { limit: Math.min(end, HITS_MAX) });
  if (query.value === text) found.value = page.total;
  return { total: Math.min(page.total, HITS_MAX), items: page.hits.slice(offset, end) };
}

onNotice((notice) => {
  if (notice.type === "records" || notice.type === "uploaded") refreshListing();
  if (notice.type === "search_ready" && query.value.trim() !== "") searches.put(query.value);
});

onForget(() => {
  clearTimeout(refreshTimer);
  refreshTimer = undefined;
  searches.clear();
  sectionRows.clear();
  isAhead = false;
  query.value = "";
  rows.value = null;
  found.value = null;
  counts.value = {};
});
