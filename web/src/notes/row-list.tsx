/** A list of any length, of which only what can be seen is in the document. */

import type { Ref } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { sectionOf } from "../address.ts";
import { Icon } from "../ui/icons.tsx";
import { fullTime, shortTime } from "../ui/times.ts";
import { Marked } from "./marked.tsx";
import type { Row, Rows } from "./rows.ts";
import { rowsInView } from "./rows.ts";

/** Height of a row in CSS pixels; list.css knows it as `--row`. */
const ROW_PX = 100;
/** How far Page Down goes. */
const PAGE_ROWS = 8;

/** The list "Notes". Arrow keys move through it, Enter opens. */
export function RowList(props: {
  track: Ref<HTMLDivElement>;
  rows: Rows;
  total: number;
  selected: string | null;
  /** Changes when the list should begin at its top again. */
  restart: string;
  onOpen: (row: Row) => void;
  /** The person went up beyond the first row. */
  toSearch: () => void;
}) {
  const { rows, total } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const view = useScrolled(scroller);
  const [active, setActive] = useState(0);
  const focusNext = useRef(false);
  const at = Math.min(active, total - 1);
  // Each change of the rows draws the list anew.
  const version = rows.version.value;
  const { first, end } = rowsInView(view.topPx, view.heightPx, ROW_PX, total);
  useEffect(() => rows.show(first, end - 1), [rows, first, end, version]);
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
    setActive(0);
  }, [props.restart]);
  useLayoutEffect(() => {
    if (!focusNext.current) return;
    focusNext.current = false;
    const row = scroller.current?.querySelector<HTMLElement>("[tabindex='0']");
    row?.scrollIntoView({ block: "nearest" });
    row?.focus({ preventScroll: true });
  }, [at]);

  function move(to: number): void {
    if (to < 0) {
      props.toSearch();
      return;
    }
    focusNext.current = true;
    setActive(Math.min(to, total - 1));
  }

  function press(event: KeyboardEvent): void {
    const row = rows.at(at);
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + PAGE_ROWS,
      PageUp: Math.max(0, at - PAGE_ROWS),
      Home: 0,
      End: total - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) move(to);
    else if ((event.key === "Enter" || event.key === " ") && row) props.onOpen(row);
    else return;
    event.preventDefault();
  }

  // The row that has the focus stays in the document wherever the list is.
  const places = Array.from({ length: end - first }, (_, offset) => first + offset);
  if (at >= 0 && (at < first || at >= end)) places.push(at);
  return (
    <div ref={scroller} class="rows" onKeyDown={press}>
      <div
        ref={props.track}
        role="list"
        aria-label="Notes"
        class="rows-track"
        style={{ height: `${total * ROW_PX}px` }}
      >
        {places.map((place) => (
          <RowItem
            key={place}
            place={place}
            row={rows.at(place)}
            total={total}
            active={place === at}
            selected={props.selected}
            onOpen={(row) => {
              setActive(place);
              props.onOpen(row);
            }}
          />
        ))}
      </div>
    </div>
  );
}

function RowItem(props: {
  place: number;
  row: Row | undefined;
  total: number;
  active: boolean;
  selected: string | null;
  onOpen: (row: Row) => void;
}) {
  const { row, place } = props;
  return (
    <div
      role="listitem"
      class="row"
      tabIndex={props.active ? 0 : -1}
      aria-setsize={props.total}
      aria-posinset={place + 1}
      aria-current={row?.id === props.selected ? "true" : undefined}
      style={{ transform: `translateY(${place * ROW_PX}px)` }}
      onClick={() => {
        if (row) props.onOpen(row);
      }}
    >
      {row && <RowText row={row} />}
    </div>
  );
}

function RowText({ row }: { row: Row }) {
  const snippet = row.snippet && row.snippet.text !== "" ? row.snippet : { text: row.preview };
  return (
    <>
      <span class="row-head">
        <span class="row-title">
          <Marked {...(row.marked_title ?? { text: row.title })} />
        </span>
        <time
          class="row-time"
          dateTime={new Date(row.updated_ms).toISOString()}
          title={fullTime(row.updated_ms)}
        >
          {shortTime(row.updated_ms, Date.now())}
        </time>
      </span>
      <span class="row-preview">
        <Marked {...snippet} />
      </span>
      <span class="row-foot">
        {row.snippet && <span class="row-kind">{sectionOf(row.kind).name}</span>}
        {row.conflict_copy && <span class="row-conflict">Conflict copy</span>}
        {row.tags.slice(0, 4).map((tag) => (
          <span class="row-tag" key={tag}>
            {tag}
          </span>
        ))}
        {row.durability === "on_device" && (
          <span class="row-unsent" title="Not on the server yet">
            <Icon name="cloud_wait" />
            <span class="unseen">Not on the server yet</span>
          </span>
        )}
      </span>
    </>
  );
}

/** Where a scroller stands, told at most once a frame. */
function useScrolled(scroller: { current: HTMLDivElement | null }): {
  topPx: number;
  heightPx: number;
} {
  const [view, setView] = useState({ topPx: 0, heightPx: 900 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      setView({ topPx: element.scrollTop, heightPx: element.clientHeight });
    };
    const soon = (): void => {
      frame ||= requestAnimationFrame(measure);
    };
    const resized = new ResizeObserver(soon);
    resized.observe(element);
    element.addEventListener("scroll", soon, { passive: true });
    measure();
    return () => {
      cancelAnimationFrame(frame);
      resized.disconnect();
      element.removeEventListener("scroll", soon);
    };
  }, []);
  return view;
}
