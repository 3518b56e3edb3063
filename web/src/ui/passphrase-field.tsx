/** A password box that can show what is typed. */

import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";

/** A labelled password box. One of a pair carries the button that shows both. */
export function PassphraseField(props: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  autocomplete: "new-password" | "current-password";
  shown: boolean;
  onShown?: (shown: boolean) => void;
  autoFocus?: boolean;
  describedBy?: string;
  invalid?: boolean;
}) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const { onShown, shown } = props;
  useLayoutEffect(() => {
    if (box.current) box.current.type = shown ? "text" : "password";
  }, [shown]);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="with-button">
        <input
          ref={box}
          id={id}
          type="password"
          value={props.value}
          autocomplete={props.autocomplete}
          autocapitalize="off"
          autocorrect="off"
          spellcheck={false}
          autoFocus={props.autoFocus ?? false}
          aria-describedby={props.describedBy}
          aria-invalid={props.invalid ?? false}
          onInput={(event) => props.onValue(event.currentTarget.value)}
        />
        {onShown && (
          <button
            type="button"
            class="icon-button"
            aria-pressed={shown}
            aria-label="Show what I type"
            onClick={() => {
              onShown(!shown);
              box.current?.focus();
            }}
          >
            <Icon name={shown ? "eye_off" : "eye"} />
          </button>
        )}
      </div>
    </div>
  );
}
