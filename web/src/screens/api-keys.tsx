/** Keys for programs: made, listed, ended. */

import { useEffect, useState } from "preact/hooks";
import type { ApiKeyView, NewApiKey } from "@lockstep/vault";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { ago } from "../ui/times.ts";
import { vault } from "../vault/connection.ts";
import { isInterruption, sentenceOf } from "../vault/errors.ts";
import { CopyBox } from "./copy-box.tsx";
import { FormError } from "./gate.tsx";

/** The section. */
export function ApiKeys() {
  const [keys, setKeys] = useState<ApiKeyView[] | null>(null);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [ending, setEnding] = useState<ApiKeyView | null>(null);
  const [error, setError] = useState<string | null>(null);

  const fail = (failure: unknown): void => {
    if (!isInterruption(failure)) setError(sentenceOf(failure));
  };
  const load = (): Promise<void> => vault().apiKeys().then(setKeys, fail);
  useEffect(() => {
    void load();
  }, []);

  return (
    <section aria-labelledby="api-keys">
      <h2 id="api-keys">API keys</h2>
      <p>
        For scripts and other programs. A key sends and fetches what is sealed; it opens nothing,
        and it cannot manage devices, keys or the vault.
      </p>
      {keys !== null && keys.length > 0 && (
        <ul class="devices" aria-labelledby="api-keys">
          {keys.map((key) => (
            <Row key={key.id} apiKey={key} onRevoke={() => setEnding(key)} />
          ))}
        </ul>
      )}
      <FormError text={error} />
      {made !== null && (
        <CopyBox label="New API key" text={made.token}>
          Keep it now: it is shown this once. Programs send it as “Authorization: Bearer …”.
        </CopyBox>
      )}
      <NewKey
        onMade={(key) => {
          setError(null);
          setMade(key);
          void load();
        }}
        onFail={fail}
      />
      {ending !== null && (
        <Revoke
          apiKey={ending}
          onClose={() => setEnding(null)}
          onDone={() => {
            if (made?.id === ending.id) setMade(null);
            setEnding(null);
            void load();
          }}
        />
      )}
    </section>
  );
}

function Row({ apiKey, onRevoke }: { apiKey: ApiKeyView; onRevoke: () => void }) {
  const used = apiKey.last_used_ms;
  return (
    <li>
      <Icon name="key" />
      <b>{apiKey.name}</b>
      <span class="hint">{used === null ? "Never used" : `Used ${ago(used, Date.now())}`}</span>
      <span class="row-actions">
        <button
          type="button"
          class="button danger"
          aria-label={`Revoke ${apiKey.name}`}
          onClick={onRevoke}
        >
          Revoke
        </button>
      </span>
    </li>
  );
}

function NewKey(props: { onMade: (key: NewApiKey) => void; onFail: (failure: unknown) => void }) {
  const [name, setName] = useState("");
  const [working, setWorking] = useState(false);
  return (
    <form
      class="new-key"
      onSubmit={(event) => {
        event.preventDefault();
        if (working || name.trim() === "") return;
        setWorking(true);
        vault()
          .createApiKey(name.trim())
          .then((key) => {
            setName("");
            props.onMade(key);
          }, props.onFail)
          .finally(() => setWorking(false));
      }}
    >
      <div class="field">
        <label for="api-key-name">What is it for?</label>
        <input
          id="api-key-name"
          type="text"
          autocomplete="off"
          maxLength={128}
          value={name}
          placeholder="Nightly backup"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <button type="submit" class="button" aria-disabled={working || name.trim() === ""}>
        <Icon name="key" />
        <span>New API key</span>
      </button>
    </form>
  );
}

function Revoke(props: { apiKey: ApiKeyView; onClose: () => void; onDone: () => void }) {
  const [error, setError] = useState<string | null>(null);
  return (
    <Dialog heading={`Revoke “${props.apiKey.name}”?`} onDismiss={props.onClose}>
      <p>Programs that use this key are refused from now on. It cannot be brought back.</p>
      <FormError text={error} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={props.onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            vault()
              .revokeApiKey(props.apiKey.id)
              .then(props.onDone, (failure: unknown) => setError(sentenceOf(failure)));
          }}
        >
          Revoke it
        </button>
      </div>
    </Dialog>
  );
}
