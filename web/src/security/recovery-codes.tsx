/** The recovery codes that there are: when each was made, used, or ended. */

import { useEffect, useState } from "preact/hooks";
import type { RecoveryCode } from "@lockstep/vault";
import { FormError } from "../screens/gate.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { fullTime, shortTime } from "../ui/times.ts";
import { vault } from "../vault/connection.ts";
import { useDeviceNames } from "../vault/device-names.ts";
import { useWork } from "../vault/work.ts";
import { ConfirmPassphrase } from "./confirm-passphrase.tsx";
import { showFreshCodes } from "./fresh-codes.tsx";

/** What the section asks at this moment. */
type Asking = { is: "nothing" } | { is: "new_set" } | { is: "revoke"; ids: string[] | null };

/** The section. */
export function RecoveryCodes() {
  const [codes, setCodes] = useState<readonly RecoveryCode[] | null>(null);
  const [asking, setAsking] = useState<Asking>({ is: "nothing" });
  const { error, run } = useWork();
  const nameOf = useDeviceNames();
  const look = async (): Promise<void> => setCodes(await vault().keys.recoveryCodes());
  useEffect(() => run(look), []);
  const good = codes?.filter((code) => code.used_ms === null).length ?? 0;
  const close = (): void => setAsking({ is: "nothing" });
  return (
    <section aria-labelledby="recovery">
      <h2 id="recovery">Recovery codes</h2>
      <p>
        {good === 0
          ? "Without a recovery code, a lost passphrase means lost notes. Make a set and keep it off this device."
          : `${good} of ${codes?.length ?? 0} codes can still open the vault if the passphrase is lost.`}
      </p>
      {codes && codes.length > 0 && (
        <ul class="devices" aria-labelledby="recovery">
          {codes.map((code) => (
            <CodeRow
              key={code.id}
              code={code}
              usedBy={nameOf(code.used_by)}
              onRevoke={() => setAsking({ is: "revoke", ids: [code.id] })}
            />
          ))}
        </ul>
      )}
      <FormError text={error} />
      <div class="buttons">
        <button type="button" class="button" onClick={() => setAsking({ is: "new_set" })}>
          <Icon name="key" />
          <span>{good === 0 ? "Make recovery codes" : "Make a new set"}</span>
        </button>
        {good > 1 && (
          <button
            type="button"
            class="button danger"
            onClick={() => setAsking({ is: "revoke", ids: null })}
          >
            Revoke all
          </button>
        )}
      </div>
      {asking.is === "new_set" && (
        <ConfirmPassphrase
          heading={good === 0 ? "Make recovery codes" : "Make a new set of codes"}
          action={{ name: "Make codes", working: "Making…" }}
          onClose={close}
          work={async (passphrase) => {
            showFreshCodes(await vault().keys.createRecoveryCodes(passphrase));
            await look();
          }}
        >
          <p>
            Eight codes, each good for one unlock.
            {good > 0 && " The codes that you have now stop working."}
          </p>
        </ConfirmPassphrase>
      )}
      {asking.is === "revoke" && (
        <Revoke
          all={asking.ids === null}
          onClose={close}
          work={async () =>
            setCodes(await vault().keys.revokeRecoveryCodes(asking.ids ?? undefined))
          }
        />
      )}
    </section>
  );
}

function CodeRow(props: { code: RecoveryCode; usedBy: string | null; onRevoke: () => void }) {
  const { code, usedBy, onRevoke } = props;
  return (
    <li>
      <Icon name="key" />
      <b>{code.label}</b>
      <span class="hint">
        {code.used_ms === null
          ? `Made ${shortTime(code.created_ms, Date.now())}`
          : `Used ${fullTime(code.used_ms)}${usedBy === null ? "" : ` on ${usedBy}`}`}
      </span>
      {code.used_ms === null && (
        <button
          type="button"
          class="icon-button"
          aria-label={`Revoke ${code.label}`}
          onClick={onRevoke}
        >
          <Icon name="bin" />
        </button>
      )}
    </li>
  );
}

function Revoke(props: { all: boolean; work: () => Promise<void>; onClose: () => void }) {
  const { working, error, run } = useWork();
  return (
    <Dialog
      heading={props.all ? "Revoke all codes?" : "Revoke this code?"}
      onDismiss={props.onClose}
    >
      <p>
        {props.all ? "None of them opens" : "It does not open"} the vault any more. A paper with it
        can be thrown away.
      </p>
      <FormError text={error} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={props.onClose}>
          Keep
        </button>
        <button
          type="button"
          class="button danger"
          aria-disabled={working}
          onClick={() =>
            run(async () => {
              await props.work();
              props.onClose();
            })
          }
        >
          {props.all ? "Revoke all" : "Revoke"}
        </button>
      </div>
    </Dialog>
  );
}
