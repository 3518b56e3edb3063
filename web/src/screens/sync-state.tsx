/** How things stand with the server, in a word and in detail. */

import { useSignal } from "@preact/signals";
import type { SyncPhase, SyncStatus } from "@lockstep/vault";
import type { IconName } from "../ui/icons.tsx";
import { Icon } from "../ui/icons.tsx";
import { ago, countText } from "../ui/times.ts";
import { report, syncStatus, vault } from "../vault/connection.ts";
import { Choice, ConfirmRejoin } from "./rejoin.tsx";
import { RenewSession } from "./renew-session.tsx";

const ICONS: Record<SyncPhase, IconName> = {
  not_connected: "cloud_off",
  syncing: "cloud",
  synced: "cloud_done",
  offline: "cloud_off",
  error: "warning",
};

const MEANING: Record<SyncPhase, string> = {
  not_connected: "This device is not connected to a server.",
  syncing: "Talking to the server.",
  synced: "Everything written here is on the server too.",
  offline: "The server cannot be reached. What you write is kept on this device and sent later.",
  error: "Something stands between this device and the server.",
};

/** The state in a word; a press shows the details. */
export function SyncState() {
  const status = syncStatus.value;
  const phase = status?.phase ?? "not_connected";
  const asking = useSignal(false);
  return (
    <div class="sync" data-phase={phase}>
      <Icon name={ICONS[phase]} />
      <span role="status" aria-label="Sync status" aria-live="off">
        {status?.label ?? "Not connected"}
      </span>
      <button
        type="button"
        class="sync-open"
        aria-label="Details of syncing"
        popoverTarget="sync-details"
      />
      <div id="sync-details" class="popover" popover="auto">
        {status && <Details status={status} onAsk={() => (asking.value = true)} />}
        {(status?.code === "signed_out" || status?.code === "device_revoked") && <RenewSession />}
      </div>
      {asking.value && <ConfirmRejoin onClose={() => (asking.value = false)} />}
    </div>
  );
}

function Details({ status, onAsk }: { status: SyncStatus; onAsk: () => void }) {
  const asking = useSignal(false);
  const { last_checked_ms: checkedMs } = status;
  return (
    <>
      <h2>{status.label}</h2>
      <p>{MEANING[status.phase]}</p>
      <Choice status={status} onAsk={onAsk} />
      <dl>
        <dt>To send</dt>
        <dd>{status.unsent === 0 ? "Nothing" : countText(status.unsent, "change", "changes")}</dd>
        {status.incoming > 0 && (
          <>
            <dt>To fetch</dt>
            <dd>{countText(status.incoming, "change", "changes")}</dd>
          </>
        )}
        <dt>Last check</dt>
        <dd>{checkedMs === null ? "Not yet" : ago(checkedMs, Date.now())}</dd>
        {status.code !== null && (
          <>
            <dt>Code</dt>
            <dd>
              <code>{status.code}</code>
            </dd>
          </>
        )}
      </dl>
      <button
        type="button"
        class="button wide"
        aria-disabled={asking.value}
        onClick={() => {
          if (asking.value) return;
          asking.value = true;
          vault()
            .sync()
            .then((now) => (syncStatus.value = now), report)
            .finally(() => (asking.value = false));
        }}
      >
        {asking.value ? "Checking…" : "Check now"}
      </button>
    </>
  );
}
