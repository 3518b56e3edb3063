/** The devices of the account, and links for more of them. */

import { useEffect, useState } from "preact/hooks";
import type { DeviceView, SignInLink } from "@lockstep/vault";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { ago } from "../ui/times.ts";
import { vault } from "../vault/connection.ts";
import { isInterruption, sentenceOf } from "../vault/errors.ts";
import { CopyBox } from "./copy-box.tsx";
import { FormError } from "./gate.tsx";

/** What is asked about which device. */
interface Asking {
  what: "rename" | "revoke";
  device: DeviceView;
}

/** The section. */
export function Devices() {
  const [devices, setDevices] = useState<DeviceView[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [link, setLink] = useState<SignInLink | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);

  const fail = (failure: unknown): void => {
    if (!isInterruption(failure)) setError(sentenceOf(failure));
  };
  const load = (): Promise<void> => vault().devices().then(setDevices, fail);
  useEffect(() => {
    void load();
  }, []);
  const close = (): void => setAsking(null);
  const closeAndLoad = (): void => {
    close();
    void load();
  };

  return (
    <section aria-labelledby="devices">
      <h2 id="devices">Devices</h2>
      {devices && (
        <ul class="devices" aria-labelledby="devices">
          {devices.map((device) => (
            <Row key={device.device_id} device={device} onAsk={setAsking} />
          ))}
        </ul>
      )}
      <FormError text={error} />
      {link ? (
        <LinkBox link={link} />
      ) : (
        <button
          type="button"
          class="button"
          onClick={() => {
            setError(null);
            vault().createLink().then(setLink, fail);
          }}
        >
          <Icon name="link" />
          <span>New sign-in link</span>
        </button>
      )}
      <p class="hint">
        A link signs in one device, once. The passphrase is still needed there: the link alone opens
        nothing.
      </p>
      {asking?.what === "rename" && (
        <Rename device={asking.device} onClose={close} onDone={closeAndLoad} />
      )}
      {asking?.what === "revoke" && (
        <Revoke device={asking.device} onClose={close} onDone={closeAndLoad} />
      )}
    </section>
  );
}

function Row({ device, onAsk }: { device: DeviceView; onAsk: (asking: Asking) => void }) {
  const now = Date.now();
  const isOut = device.revoked_ms !== null;
  return (
    <li>
      <Icon name="device" />
      <b>{device.name}</b>
      <span class="hint">
        {device.current
          ? "This device"
          : device.revoked_ms !== null
            ? `Signed out ${ago(device.revoked_ms, now)}`
            : `Seen ${ago(device.last_seen_ms, now)}`}
      </span>
      <span class="row-actions">
        <button
          type="button"
          class="button"
          aria-label={`Rename ${device.name}`}
          onClick={() => onAsk({ what: "rename", device })}
        >
          Rename
        </button>
        {!device.current && !isOut && (
          <button
            type="button"
            class="button danger"
            aria-label={`Sign out ${device.name}`}
            onClick={() => onAsk({ what: "revoke", device })}
          >
            Sign out
          </button>
        )}
      </span>
    </li>
  );
}

interface Asked {
  device: DeviceView;
  onClose: () => void;
  onDone: () => void;
}

function Rename({ device, onClose, onDone }: Asked) {
  const [name, setName] = useState(device.name);
  const [error, setError] = useState<string | null>(null);
  return (
    <Dialog heading="Rename this device" onDismiss={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() === "") {
            setError("Type a name first.");
            return;
          }
          vault()
            .renameDevice(device.device_id, name.trim())
            .then(onDone, (failure: unknown) => setError(sentenceOf(failure)));
        }}
      >
        <div class="field">
          <label for="device-name">Name</label>
          <input
            id="device-name"
            type="text"
            autocomplete="off"
            maxLength={128}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <p class="hint">The server can read it.</p>
        <FormError text={error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary">
            Rename
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Revoke({ device, onClose, onDone }: Asked) {
  const [error, setError] = useState<string | null>(null);
  return (
    <Dialog heading={`Sign out “${device.name}”?`} onDismiss={onClose}>
      <p>
        It can send and fetch nothing from now on, and locks as soon as it hears of it. Open sign-in
        links end too.
      </p>
      <p class="notice">
        What is stored on that device stays there, sealed. Whoever has it and knows the passphrase
        can still read that. If somebody may know it, change the passphrase and renew the vault key
        as well.
      </p>
      <FormError text={error} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            vault()
              .revokeDevice(device.device_id)
              .then(onDone, (failure: unknown) => setError(sentenceOf(failure)));
          }}
        >
          Sign it out
        </button>
      </div>
    </Dialog>
  );
}

function LinkBox({ link }: { link: SignInLink }) {
  const minutes = Math.max(1, Math.round((link.expires_at_ms - Date.now()) / 60_000));
  return (
    <CopyBox label="Link for the other device" text={link.url}>
      Open it on the other device within {minutes} minutes.
    </CopyBox>
  );
}
