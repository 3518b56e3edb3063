/** The unlocked app: navigation, list and note, or the settings. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Place } from "../address.ts";
import { NO_NOTE, SECTIONS } from "../address.ts";
import { place } from "../place.ts";
import { ImportDialog } from "../import/dialog.tsx";
import { DropTarget } from "../import/drop-target.tsx";
import type { Gathered } from "../import/gather.ts";
import { KeptDrafts } from "../notes/kept-drafts.tsx";
import { NoteList } from "../notes/list-pane.tsx";
import { Editor } from "../notes/editor.tsx";
import { beginNote, draft } from "../notes/desk.ts";
import { counts, section, setQuery } from "../notes/listing.ts";
import { RecoveryUsed } from "../security/recovery-used.tsx";
import type { Opening } from "../vault/connection.ts";
import { Alert } from "../ui/alert.tsx";
import { Icon, Logo } from "../ui/icons.tsx";
import { PlaceLink } from "../ui/link.tsx";
import { LockButton } from "./lock-button.tsx";
import { Settings } from "./settings.tsx";
import { SyncState } from "./sync-state.tsx";

/** What an import dialog starts with: nothing yet, or what was dropped. */
type Importing = { is: "no" } | { is: "asking" } | { is: "dropped"; pile: Promise<Gathered> };

/**
 * The unlocked app. Before the vault is open it is out of reach, and out of
 * sight until there is something to see.
 */
export function Workspace({ shows, opening }: { shows: "notes" | "settings"; opening: Opening }) {
  const isOpen = opening === "no";
  const importing = useSignal<Importing>({ is: "no" });
  useSearchShortcut();
  const pane = shows === "settings" ? "settings" : isNoteOpen(place.value) ? "note" : "list";
  return (
    <div
      class="workspace"
      data-pane={pane}
      data-opening={isOpen ? undefined : opening}
      inert={!isOpen}
    >
      <header class="rail">
        <p class="brand">
          <Logo />
          <span>Lockstep</span>
        </p>
        <button type="button" class="button primary new-note" onClick={beginNote}>
          <Icon name="pen" />
          <span>New note</span>
        </button>
        <Navigation />
        <div class="tools">
          <SyncState />
          <button
            type="button"
            class="button quiet tool import-tool"
            onClick={() => (importing.value = { is: "asking" })}
          >
            <Icon name="import" />
            <span>Import</span>
          </button>
          <LockButton />
        </div>
      </header>
      <div class="bars">
        <RecoveryUsed />
        <KeptDrafts />
      </div>
      <main class="panes">{shows === "settings" ? <Settings /> : <Notes />}</main>
      <Alert />
      {isOpen && <DropTarget onDrop={(pile) => (importing.value = { is: "dropped", pile })} />}
      {importing.value.is !== "no" && (
        <ImportDialog
          key={importing.value}
          {...(importing.value.is === "dropped" ? { pile: importing.value.pile } : {})}
          onClose={() => (importing.value = { is: "no" })}
        />
      )}
    </div>
  );
}

function isNoteOpen(where: Place): boolean {
  return where.at === "section" && where.note.is !== "none";
}

function Notes() {
  const open = draft.value;
  return (
    <>
      <NoteList />
      {open ? <Editor key={open} draft={open} /> : <NothingOpen />}
    </>
  );
}

function NothingOpen() {
  return (
    <div class="nothing-open">
      <Logo />
      <p>Choose a note, or begin a new one.</p>
      <p class="hint">
        <kbd>/</kbd> searches everything.
      </p>
    </div>
  );
}

function Navigation() {
  const where = place.value;
  return (
    <nav class="sections" aria-label="Sections">
      {SECTIONS.map(({ kind, name }) => (
        <PlaceLink
          key={kind}
          class="section-link"
          to={{ at: "section", kind, note: NO_NOTE }}
          current={where.at === "section" && section.value === kind}
          onGo={() => setQuery("")}
        >
          <Icon name={kind} />
          <span>{name}</span>
          <span class="count" aria-hidden="true">
            {counts.value[kind]?.toLocaleString()}
          </span>
        </PlaceLink>
      ))}
      <PlaceLink class="section-link" to={{ at: "settings" }} current={where.at === "settings"}>
        <Icon name="settings" />
        <span>Settings</span>
      </PlaceLink>
    </nav>
  );
}

/** `/` or Ctrl+K goes to the search box, unless something is being typed. */
function useSearchShortcut(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea");
      const slash = event.key === "/" && !typing;
      const control = event.key === "k" && (event.ctrlKey || event.metaKey);
      const box = document.querySelector<HTMLInputElement>("input[type=search]");
      if ((!slash && !control) || !box || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      box.focus();
      box.select();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}
