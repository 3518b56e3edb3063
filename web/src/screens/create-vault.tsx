/** Making the vault. */

import { useId, useState } from "preact/hooks";
import { PassphraseField } from "../ui/passphrase-field.tsx";
import { settle, vault } from "../vault/connection.ts";
import { sentenceOf } from "../vault/errors.ts";
import { FormError, Gate } from "./gate.tsx";
import { StrengthMeter } from "./strength-meter.tsx";

/** Asks for a new passphrase, twice. */
export function CreateVault() {
  const [passphrase, setPassphrase] = useState("");
  const [repeated, setRepeated] = useState("");
  const [shown, setShown] = useState(false);
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const meterId = useId();
  const mismatch = repeated !== "" && !passphrase.startsWith(repeated);

  async function create(): Promise<void> {
    if (working) return;
    if (passphrase === "") {
      setError("Type a passphrase first.");
      return;
    }
    if (passphrase !== repeated) {
      setError("The two passphrases are not the same. Type the second one again.");
      return;
    }
    setWorking(true);
    setError(null);
    try {
      settle(await vault().createVault(passphrase));
    } catch (failure) {
      setError(sentenceOf(failure));
      setWorking(false);
    }
  }

  return (
    <Gate
      heading="Create your vault"
      lead="Everything you write is sealed on this device before it leaves. The server stores it and cannot read it."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <input type="text" name="username" autocomplete="username" value="Lockstep" hidden />
        <PassphraseField
          label="Passphrase"
          value={passphrase}
          onValue={setPassphrase}
          autocomplete="new-password"
          shown={shown}
          onShown={setShown}
          describedBy={meterId}
          autoFocus
        />
        <StrengthMeter id={meterId} passphrase={passphrase} />
        <PassphraseField
          label="Repeat passphrase"
          value={repeated}
          onValue={setRepeated}
          autocomplete="new-password"
          shown={shown}
          invalid={mismatch}
        />
        {mismatch && error === null && <p class="hint hint-warning">Not the same so far.</p>}
        <p class="notice">
          <strong>Nobody can reset it.</strong> If you lose this passphrase, your notes are lost
          too: not even whoever runs the server can bring them back.
        </p>
        <FormError text={error} />
        <button type="submit" class="button primary wide" aria-disabled={working}>
          {working ? "Creating…" : "Create vault"}
        </button>
      </form>
    </Gate>
  );
}
