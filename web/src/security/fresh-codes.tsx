/** New recovery codes: shown once, to be copied, printed or downloaded. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { MadeCode } from "@lockstep/vault";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { onForget } from "../vault/connection.ts";
import { codesAsText } from "./codes-text.ts";

/** The codes that are shown at this moment; nobody can ask for them again. */
const fresh = signal<readonly MadeCode[] | null>(null);
onForget(() => {
  fresh.value = null;
});

/** Shows new codes; without any there is nothing to show. */
export function showFreshCodes(codes: readonly MadeCode[]): void {
  fresh.value = codes.length > 0 ? codes : null;
}

/** The dialog, while there are new codes to show. */
export function FreshCodes() {
  const codes = fresh.value;
  return codes === null ? null : <Shown codes={codes} />;
}

function Shown({ codes }: { codes: readonly MadeCode[] }) {
  const [kept, setKept] = useState(false);
  const [told, setTold] = useState("");
  const text = codesAsText(codes, location.host, new Date().toLocaleDateString());
  return (
    <Dialog heading="Your recovery codes" onDismiss={() => undefined}>
      <p>
        Each of them opens the vault once if the passphrase is lost. They are shown{" "}
        <strong>only now</strong>: write them down, print them, or put them into a password manager.
      </p>
      <ol class="codes" aria-label="Recovery codes">
        {codes.map(({ id, code }) => (
          <li key={id}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div class="buttons">
        <button
          type="button"
          class="button"
          onClick={() => {
            navigator.clipboard.writeText(text).then(
              () => setTold("Copied. Clear the clipboard once they are safe."),
              () => setTold("The browser did not allow copying. Print or download them."),
            );
          }}
        >
          <Icon name="copy" />
          <span>Copy</span>
        </button>
        <button type="button" class="button" onClick={() => print()}>
          <Icon name="print" />
          <span>Print</span>
        </button>
        <button type="button" class="button" onClick={() => download(text)}>
          <Icon name="import" />
          <span>Download</span>
        </button>
      </div>
      <p class="hint" aria-live="polite">
        {told}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={kept}
          onChange={(event) => setKept(event.currentTarget.checked)}
        />
        <span>I have put them in a safe place</span>
      </label>
      <div class="dialog-actions">
        <button
          type="button"
          class="button primary"
          aria-disabled={!kept}
          onClick={() => {
            if (kept) fresh.value = null;
          }}
        >
          Done
        </button>
      </div>
    </Dialog>
  );
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "lockstep-recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(url);
}
