/** The search box and the list below it. */

import { useRef } from "preact/hooks";
import { sectionOf } from "../address.ts";
import { go, place } from "../place.ts";
import { Icon } from "../ui/icons.tsx";
import { countText } from "../ui/times.ts";
import { syncStatus } from "../vault/connection.ts";
import { found, HITS_MAX, query, rows, section, setQuery } from "./listing.ts";
import { RowList } from "./row-list.tsx";
import type { Row } from "./rows.ts";

/** The pane that shows a section or what a search found. */
export function NoteList() {
  const list = useRef<HTMLDivElement>(null);
  const { name } = sectionOf(section.value);
  const searching = query.value.trim() !== "";
  const shown = rows.value;
  const total = shown?.total.value ?? null;
  return (
    <section class="list-pane" aria-label={searching ? "Results" : name}>
      <div class="list-head">
        <h1>{searching ? "Everywhere" : name}</h1>
        <p class="list-count" aria-live="polite">
          {summary(searching, total)}
        </p>
        <SearchBox toList={() => focusRow(list.current)} />
      </div>
      <Banner />
      {shown && total !== null && total > 0 && (
        <RowList
          track={list}
          key={searching ? "search" : section.value}
          restart={searching ? query.value : section.value}
          rows={shown}
          total={total}
          selected={openId()}
          onOpen={openRow}
          toSearch={() => document.querySelector<HTMLInputElement>("input[type=search]")?.focus()}
        />
      )}
      {total === 0 && <Empty searching={searching} />}
      {searching && (found.value ?? 0) > HITS_MAX && (
        <p class="hint list-foot">The best {HITS_MAX.toLocaleString()} are shown.</p>
      )}
    </section>
  );
}

function SearchBox({ toList }: { toList: () => void }) {
  return (
    <div class="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label="Search"
        placeholder="Search all notes"
        autocomplete="off"
        autocapitalize="off"
        autocorrect="off"
        spellcheck={false}
        enterkeyhint="search"
        value={query.value}
        onInput={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setQuery("");
          else if (event.key === "ArrowDown" || event.key === "Enter") toList();
          else return;
          event.preventDefault();
        }}
      />
      {query.value !== "" && (
        <button
          type="button"
          class="icon-button"
          aria-label="Clear"
          onClick={(event) => {
            setQuery("");
            event.currentTarget.parentElement?.querySelector("input")?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

/** Calm words while the server is out of reach: nothing is in danger. */
function Banner() {
  if (syncStatus.value?.phase !== "offline") return null;
  return <p class="banner">Offline. What you write is kept on this device and sent later.</p>;
}

function Empty({ searching }: { searching: boolean }) {
  if (searching) {
    return (
      <div class="empty">
        <p>Nothing found.</p>
        <p class="hint">Fewer or shorter words find more. The beginning of a word is enough.</p>
      </div>
    );
  }
  const texts = {
    idea: [
      "No ideas yet.",
      "A passing thought is enough for a start: write it down before it is gone.",
    ],
    infobase: [
      "Nothing to look up yet.",
      "This is for what you want to find again. A folder of Markdown files can be brought in as it is.",
    ],
    journal: ["No entries yet.", "A sentence about today is an entry."],
  } as const;
  const [first, then] = texts[section.value];
  return (
    <div class="empty">
      <p>{first}</p>
      <p class="hint">{then}</p>
    </div>
  );
}

function summary(searching: boolean, total: number | null): string {
  if (searching) {
    if (found.value === null) return "Searching…";
    return found.value === 0 ? "Nothing found" : `${countText(found.value, "note", "notes")} found`;
  }
  return total === null || total === 0 ? "" : countText(total, "note", "notes");
}

function openId(): string | null {
  const where = place.value;
  return where.at === "section" && where.note.is === "kept" ? where.note.id : null;
}

function openRow(row: Row): void {
  // A hit opens over the results, whichever section it belongs to.
  go({ at: "section", kind: row.kind, note: { is: "kept", id: row.id } });
}

function focusRow(list: HTMLElement | null): void {
  list?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
}
