/** Signing this device in. */

import { useEffect, useId, useState } from "preact/hooks";
import { signIn } from "../sign-in.ts";
import { takeLinkToken } from "../sign-in-link.ts";
import { sentenceOf } from "../vault/errors.ts";
import { FormError, Gate } from "./gate.tsx";

/** Signs in with the link that opened the page, or asks for one. */
export function SignIn() {
  const [link, setLink] = useState("");
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const boxId = useId();

  async function enter(given: string): Promise<void> {
    setWorking(true);
    setError(null);
    try {
      await signIn(given);
    } catch (failure) {
      setError(sentenceOf(failure));
      setWorking(false);
    }
  }

  useEffect(() => {
    const token = takeLinkToken();
    if (token !== null) void enter(token);
  }, []);

  function submit(): void {
    const given = link.trim();
    if (working) return;
    if (given === "") setError("Paste the sign-in link first.");
    else void enter(given);
  }

  if (working && link === "") return <Gate heading="Signing in…" />;
  return (
    <Gate
      heading="Sign in this device"
      lead="A device signs in with a one-time link. There is no password to type here."
    >
      <ul class="ways">
        <li>
          On a device that is signed in: open <b>Settings</b> and choose <b>New sign-in link</b>.
        </li>
        <li>
          On the machine that runs the server: <code>cargo xtask link</code> prints one.
        </li>
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div class="field">
          <label for={boxId}>Sign-in link</label>
          <input
            id={boxId}
            type="text"
            inputMode="url"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={link}
            placeholder={`${location.origin}/sign-in#…`}
            aria-invalid={error !== null}
            onInput={(event) => setLink(event.currentTarget.value)}
          />
        </div>
        <FormError text={error} />
        <button type="submit" class="button primary wide" aria-disabled={working}>
          {working ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </Gate>
  );
}
