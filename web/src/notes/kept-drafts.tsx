/** Typing that a lock kept: offered again after the next unlock. */

import { effect, signal, untracked } from "@preact/signals";
import type { DraftView } from "@lockstep/vault";
import { Icon } from "../ui/icons.tsx";
import { ago } from "../ui/times.ts";
import { isUnlocked, onForget, report, vault } from "../vault/connection.ts";
import { resumeDraft } from "./desk.ts";

const kept = signal<readonly DraftView[]>([]);

/** Asks for kept drafts after each unlock. */
export function followDrafts(): void {
  effect(() => {
    if (!isUnlocked()) return;
    untracked(() => {
      vault()
        .drafts()
        .then((drafts) => (kept.value = drafts), report);
    });
  });
  onForget(() => {
    kept.value = [];
  });
}

/** A bar over the notes, while there is something to bring back. */
export function KeptDrafts() {
  const [first] = kept.value;
  if (!first) return null;
  const name = first.title.trim() || first.text.trim().slice(0, 60) || "Untitled";
  const drop = (): void => {
    kept.value = kept.value.filter((draft) => draft !== first);
  };
  return (
    <div class="bar" role="status">
      <Icon name="pen" />
      <p>
        Typing was kept when the vault locked {ago(first.saved_ms, Date.now())}: <b>{name}</b>
      </p>
      <button
        type="button"
        class="button primary"
        onClick={() => {
          resumeDraft(first).then(drop, report);
        }}
      >
        Bring it back
      </button>
      <button
        type="button"
        class="button quiet"
        onClick={() => {
          vault().discardDraft(first.id).then(drop, report);
        }}
      >
        Discard
      </button>
    </div>
  );
}
