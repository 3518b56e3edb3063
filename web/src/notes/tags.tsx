/** The tags of a note. */

import { useState } from "preact/hooks";
import { Icon } from "../ui/icons.tsx";
import type { Draft } from "./draft.ts";

/** The tags, each with a button that takes it away, and a box for one more. */
export function Tags({ draft }: { draft: Draft }) {
  const [typed, setTyped] = useState("");
  const { tags } = draft.words.value;

  function add(): void {
    const tag = typed.trim();
    setTyped("");
    if (tag === "" || tags.includes(tag)) return;
    draft.edit({ tags: [...tags, tag] });
    void draft.flush();
  }

  function remove(tag: string): void {
    draft.edit({ tags: tags.filter((one) => one !== tag) });
    void draft.flush();
  }

  return (
    <div class="tags" role="group" aria-label="Tags">
      {tags.map((tag) => (
        <span class="tag" key={tag}>
          {tag}
          <button
            type="button"
            class="tag-remove"
            aria-label={`Remove tag ${tag}`}
            onClick={() => remove(tag)}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      <input
        class="tag-box"
        type="text"
        aria-label="Add tag"
        placeholder={tags.length === 0 ? "Add tag" : "+ tag"}
        autocomplete="off"
        autocapitalize="off"
        enterkeyhint="done"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          const last = tags.at(-1);
          if (event.key === "Enter" || event.key === ",") add();
          else if (event.key === "Backspace" && typed === "" && last !== undefined) remove(last);
          else return;
          event.preventDefault();
        }}
      />
    </div>
  );
}
