/** Signing in again after the session ended, without leaving the notes. */

import { useState } from "preact/hooks";
import { signIn } from "../sign-in.ts";
import { sentenceOf } from "../vault/errors.ts";
import { FormError } from "./gate.tsx";

/** Asks for a new link. */
export function RenewSession() {
  const [link, setLink] = useState("");
  const [error, setError] = useState<string | null>(null);
  return (
    <form
      class="renew"
      onSubmit={(event) => {
        event.preventDefault();
        setError(null);
        signIn(link.trim()).catch((failure: unknown) => setError(sentenceOf(failure)));
      }}
    >
      <div class="field">
        <label for="renew-link">Sign-in link</label>
        <input
          id="renew-link"
          type="text"
          inputMode="url"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
          value={link}
          onInput={(event) => setLink(event.currentTarget.value)}
        />
      </div>
      <FormError text={error} />
      <button type="submit" class="button primary wide">
        Sign in again
      </button>
    </form>
  );
}
