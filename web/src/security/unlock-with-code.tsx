/** Opening the vault with a recovery code. */

import { useRef, useState } from "preact/hooks";
import type { CodeCheck } from "@lockstep/vault";
import { Gate, FormError } from "../screens/gate.tsx";
import { settle, vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";

/** What is said of a group of characters beside its mark. */
const STATUS_WORDS = { ok: "right", wrong: "mistyped", incomplete: "not complete" } as const;

/** Asks for a recovery code, and checks it while it is typed. */
export function UnlockWithCode({ onBack }: { onBack: () => void }) {
  const [code, setCode] = useState("");
  const [check, setCheck] = useState<CodeCheck | null>(null);
  const { working, error, run, refuse } = useWork();
  const newest = useRef("");
  const wrong = check?.groups.findIndex((group) => group.status === "wrong") ?? -1;

  function type(text: string): void {
    newest.current = text;
    setCode(text);
    vault()
      .keys.checkCode(text)
      .then(
        (answer) => {
          if (newest.current === text) setCheck(answer);
        },
        () => setCheck(null),
      );
  }

  return (
    <Gate
      heading="Use a recovery code"
      lead="Each code opens the vault once. After it you choose a new passphrase."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (check?.complete !== true) refuse("Type the whole code, as it was printed.");
          else run(async () => settle(await vault().keys.unlockWithCode(code)));
        }}
      >
        <div class="field">
          <label for="recovery-code">Recovery code</label>
          <input
            id="recovery-code"
            class="code-box"
            type="text"
            autocomplete="off"
            autocapitalize="characters"
            autocorrect="off"
            spellcheck={false}
            autoFocus
            aria-describedby="recovery-code-check"
            aria-invalid={wrong >= 0}
            value={code}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </div>
        <div id="recovery-code-check" class="code-check">
          {check !== null && check.groups.length > 0 && (
            <ol aria-hidden="true">
              {check.groups.map((group, at) => (
                <li key={at} data-status={group.status}>
                  {group.text}
                </li>
              ))}
            </ol>
          )}
          <p class="hint" aria-live="polite">
            {checkWords(check, wrong)}
          </p>
        </div>
        <FormError text={error} />
        <button type="submit" class="button primary wide" aria-disabled={working}>
          {working ? "Opening…" : "Unlock"}
        </button>
      </form>
      <div class="gate-ways">
        <button type="button" class="link-button" onClick={onBack}>
          Use the passphrase instead
        </button>
      </div>
    </Gate>
  );
}

function checkWords(check: CodeCheck | null, wrong: number): string {
  if (wrong >= 0) return `Group ${wrong + 1} is ${STATUS_WORDS.wrong}: look at it again.`;
  if (check?.complete === true) return "The code is complete.";
  return "Seven groups of five characters. Dashes and capitals do not matter.";
}
