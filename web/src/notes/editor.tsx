/** The note that is open. */

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { NO_NOTE, SECTIONS } from "../address.ts";
import { goBack } from "../place.ts";
import { LockButton } from "../screens/lock-button.tsx";
import { Icon } from "../ui/icons.tsx";
import { fullTime } from "../ui/times.ts";
import { sentenceOf } from "../vault/errors.ts";
import { changeKind, deleteOpenNote } from "./desk.ts";
import type { Draft } from "./draft.ts";
import { Preview } from "./preview.tsx";
import { SaveState } from "./save-state.tsx";
import { Tags } from "./tags.tsx";

/** The note: its words, and how safe they are. */
export function Editor({ draft }: { draft: Draft }) {
  const [previewing, setPreviewing] = useState(false);
  const { kind } = draft.words.value;
  return (
    <article
      class="editor"
      aria-label="Note"
      onFocusOut={(event) => {
        if (event.target instanceof HTMLElement && event.target.matches("input, textarea")) {
          void draft.flush();
        }
      }}
    >
      <div class="editor-top">
        <button
          type="button"
          class="button quiet back"
          onClick={() => goBack({ at: "section", kind, note: NO_NOTE })}
        >
          <Icon name="back" />
          <span>Back</span>
        </button>
        <h1 class="unseen">Note</h1>
        <LockButton />
      </div>
      <div class="editor-bar">
        <select
          class="kind"
          aria-label="Kind"
          value={kind}
          onChange={(event) => {
            const chosen = SECTIONS.find((one) => one.kind === event.currentTarget.value);
            if (chosen) changeKind(draft, chosen.kind);
          }}
        >
          {SECTIONS.map((section) => (
            <option key={section.kind} value={section.kind}>
              {section.name}
            </option>
          ))}
        </select>
        <SaveState draft={draft} />
        <button
          type="button"
          class="button quiet"
          aria-pressed={previewing}
          onClick={() => setPreviewing(!previewing)}
        >
          <Icon name="eye" />
          <span>Preview</span>
        </button>
        <button type="button" class="button quiet" onClick={() => void deleteOpenNote()}>
          <Icon name="bin" />
          <span>Delete</span>
        </button>
      </div>
      <Trouble draft={draft} />
      <div class="page" translate={false}>
        <Title draft={draft} />
        <Tags draft={draft} />
        {previewing ? <Preview text={draft.words.value.text} /> : <Text draft={draft} />}
        <Dates draft={draft} />
      </div>
    </article>
  );
}

function Title({ draft }: { draft: Draft }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (draft.begunHere && draft.blank.peek()) box.current?.focus();
  }, [draft]);
  return (
    <input
      ref={box}
      class="title"
      type="text"
      aria-label="Title"
      placeholder="Title"
      autocomplete="off"
      enterkeyhint="next"
      value={draft.words.value.title}
      onInput={(event) => draft.edit({ title: event.currentTarget.value })}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        box.current?.closest(".page")?.querySelector("textarea")?.focus();
      }}
    />
  );
}

function Text({ draft }: { draft: Draft }) {
  const hintId = useId();
  return (
    <>
      <textarea
        class="text"
        aria-label="Text"
        aria-describedby={hintId}
        placeholder="Write…"
        autocomplete="off"
        value={draft.words.value.text}
        onInput={(event) => draft.edit({ text: event.currentTarget.value })}
      />
      <span id={hintId} class="unseen">
        Markdown
      </span>
    </>
  );
}

function Dates({ draft }: { draft: Draft }) {
  const item = draft.item.value;
  if (!item) return null;
  return (
    <p class="dates">
      Changed {fullTime(item.updated_ms)} · Begun {fullTime(item.created_ms)}
    </p>
  );
}

/** What stands in the way of saving, and what can be done about it. */
function Trouble({ draft }: { draft: Draft }) {
  const safety = draft.safety.value;
  if (draft.gone.value) {
    return (
      <div class="trouble" role="alert">
        <p>This note was deleted on another device. What you typed is in this window only.</p>
        <button type="button" class="button" onClick={() => void draft.keepAsNew()}>
          Keep as another note
        </button>
      </div>
    );
  }
  if (safety.is !== "failed") return null;
  return (
    <div class="trouble" role="alert">
      <p>{sentenceOf(safety.error)}</p>
      <button type="button" class="button" onClick={() => void draft.flush()}>
        Try again
      </button>
    </div>
  );
}
