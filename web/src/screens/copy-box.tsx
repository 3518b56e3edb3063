/** A text that is to be taken elsewhere. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../ui/icons.tsx";

/** The text, a button that copies it, and what to do with it. */
export function CopyBox(props: { label: string; text: string; children: ComponentChildren }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="link-box">
      <div class="with-button">
        <input
          type="text"
          aria-label={props.label}
          readOnly
          value={props.text}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          class="icon-button"
          aria-label="Copy"
          onClick={() => {
            navigator.clipboard.writeText(props.text).then(
              () => setCopied(true),
              () => setCopied(false),
            );
          }}
        >
          <Icon name="copy" />
        </button>
      </div>
      <p class="hint" aria-live="polite">
        {copied ? "Copied. " : ""}
        {props.children}
      </p>
    </div>
  );
}
