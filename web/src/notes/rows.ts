/**
 * The rows of a list that is far longer than a screen: only the stretches
 * that can be seen are fetched, and the rest keeps its room.
 */

import { signal } from "@preact/signals";
import type { ListItem, MarkedText } from "@lockstep/vault";

/** One row: what a list shows of a note, and where a search found it. */
export interface Row extends ListItem {
  marked_title?: MarkedText;
  snippet?: MarkedText;
}

/** A stretch of the list. */
export interface RowPage {
  /** How many rows there are in all. */
  total: number;
  items: Row[];
}

/** Fetches a stretch of the list. */
export type FetchRows = (offset: number, limit: number) => Promise<RowPage>;

/** Rows of one fetch. */
export const STRETCH = 100;
/** Stretches kept in memory. */
const STRETCHES_MAX = 30;

/** A list of rows. */
export class Rows {
  /** How many rows there are; `null` until the first answer. */
  readonly total = signal<number | null>(null);
  /** Goes up with each change of what {@link at} answers. */
  readonly version = signal(0);

  readonly #fetch: FetchRows;
  readonly #failed: (error: unknown) => void;
  /** By number; the least recently fetched comes first. */
  #stretches = new Map<number, Row[]>();
  #stale = new Set<number>();
  #underWay = new Set<number>();
  #shown: [number, number] = [0, 0];

  /** `first` is the first stretch, if it is there already. */
  constructor(fetch: FetchRows, failed: (error: unknown) => void, first?: RowPage) {
    this.#fetch = fetch;
    this.#failed = failed;
    if (first) {
      this.#stretches.set(0, first.items);
      this.total.value = first.total;
    }
  }

  /** The row at a place, if it has been fetched. */
  at(index: number): Row | undefined {
    return this.#stretches.get(Math.floor(index / STRETCH))?.[index % STRETCH];
  }

  /** Tells which rows can be seen, ends included, so that they are fetched. */
  show(first: number, last: number): void {
    this.#shown = [Math.floor(first / STRETCH), Math.floor(Math.max(first, last) / STRETCH)];
    this.#fetchShown();
  }

  /** The list changed: fetches again what can be seen, forgets the rest. */
  refresh(): void {
    const [first, last] = this.#shown;
    for (const number of this.#stretches.keys()) {
      if (number < first || number > last) this.#stretches.delete(number);
      else this.#stale.add(number);
    }
    for (const number of this.#underWay) this.#stale.add(number);
    this.#fetchShown();
  }

  #fetchShown(): void {
    for (let number = this.#shown[0]; number <= this.#shown[1]; number += 1) {
      const beyond = this.total.value !== null && number * STRETCH >= this.total.value;
      const fresh = this.#stretches.has(number) && !this.#stale.has(number);
      if (fresh || this.#underWay.has(number)) continue;
      if (beyond && number > 0 && !this.#stale.has(number)) continue;
      void this.#fetchStretch(number);
    }
  }

  async #fetchStretch(number: number): Promise<void> {
    this.#underWay.add(number);
    this.#stale.delete(number);
    try {
      const page = await this.#fetch(number * STRETCH, STRETCH);
      this.#stretches.delete(number);
      this.#stretches.set(number, page.items);
      this.#evict();
      this.total.value = page.total;
      this.version.value += 1;
    } catch (error) {
      this.#underWay.delete(number);
      this.#failed(error);
      return;
    }
    this.#underWay.delete(number);
    if (this.#stale.has(number)) this.#fetchShown();
  }

  #evict(): void {
    for (const number of this.#stretches.keys()) {
      if (this.#stretches.size <= STRETCHES_MAX) return;
      if (number < this.#shown[0] || number > this.#shown[1]) this.#stretches.delete(number);
    }
  }
}

/** Which rows a window shows, with some beyond each edge; the end excluded. */
export function rowsInView(
  scrolledPx: number,
  heightPx: number,
  rowPx: number,
  total: number,
  beyond = 8,
): { first: number; end: number } {
  const first = Math.max(0, Math.floor(scrolledPx / rowPx) - beyond);
  const end = Math.min(total, Math.ceil((scrolledPx + heightPx) / rowPx) + beyond);
  return { first: Math.min(first, end), end };
}
