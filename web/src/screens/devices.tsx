/** The devices of the account, and links for more of them. */

import { useEffect, useState } from "preact/hooks";
import type { DeviceView, SignInLink } from "@lockstep/vault";
import { Icon } from "../ui/icons.tsx";
import { ago } from "../ui/times.ts";
import { vault } from "../vault/connection.ts";
import { isInterruption, sentenceOf } from "../vault/errors.ts";
import { FormError } from "./gate.tsx";

/** The section. */
export function Devices() {
  const [devices, setDevices] = useState<DeviceView[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [link, setLink] = useState<SignInLink | null>(null);

  const fail = (failure: unknown): void => {
    if (!isInterruption(failure)) setError(sentenceOf(failure));
  };
  useEffect(() => {
    vault().devices().then(setDevices, fail);
  }, []);

  return (
    <section aria-labelledby="devices">
      <h2 id="devices">Devices</h2>
      {devices && (
        <ul class="devices" aria-labelledby="devices">
          {devices.map((device) => (
            <li key={device.device_id}>
              <Icon name="device" />
              <b>{device.name}</b>
              <span class="hint">
                {device.current ? "This device" : `Seen ${ago(device.last_seen_ms, Date.now())}`}
              </span>
            </li>
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
    </section>
  );
}

function LinkBox({ link }: { link: SignInLink }) {
  const [copied, setCopied] = useState(false);
  const minutes = Math.max(1, Math.round((link.expires_at_ms - Date.now()) / 60_000));
  return (
    <div class="link-box">
      <div class="with-button">
        <input
          type="text"
          aria-label="Link for the other device"
          readOnly
          value={link.url}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          class="icon-button"
          aria-label="Copy"
          onClick={() => {
            navigator.clipboard.writeText(link.url).then(
              () => setCopied(true),
              () => setCopied(false),
            );
          }}
        >
          <Icon name="copy" />
        </button>
      </div>
      <p class="hint" aria-live="polite">
        {copied ? "Copied. " : ""}Open it on the other device within {minutes} minutes.
      </p>
    </div>
  );
}
