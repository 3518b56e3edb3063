/** Tells on every device that a recovery code was used. */

import { useState } from "preact/hooks";
import { go } from "../place.ts";
import { Icon } from "../ui/icons.tsx";
import { fullTime } from "../ui/times.ts";
import { stage } from "../vault/connection.ts";
import { useDeviceNames } from "../vault/device-names.ts";

/** Under which name this device remembers which use was seen: a time, no secret. */
const SEEN = "recovery-use-seen";

/** A bar that stays until it is put away. */
export function RecoveryUsed() {
  const [seen, setSeen] = useState(() => Number(localStorage.getItem(SEEN) ?? 0));
  const now = stage.value;
  const recovery = now.is === "open" ? now.state.recovery : null;
  const usedMs = recovery?.used_ms ?? null;
  if (usedMs === null || usedMs <= seen) return null;
  return <Used usedMs={usedMs} by={recovery?.used_by ?? null} onSeen={() => setSeen(usedMs)} />;
}

function Used(props: { usedMs: number; by: string | null; onSeen: () => void }) {
  const { usedMs } = props;
  const by = useDeviceNames()(props.by);
  return (
    <div class="bar" role="alert">
      <Icon name="key" />
      <p>
        <b>A recovery code opened this vault</b> on {fullTime(usedMs)}
        {by !== null && ` on ${by}`}. If that was not you, renew the key and revoke the codes.
      </p>
      <button type="button" class="button primary" onClick={() => go({ at: "settings" })}>
        Look into it
      </button>
      <button
        type="button"
        class="button quiet"
        onClick={() => {
          localStorage.setItem(SEEN, String(usedMs));
          props.onSeen();
        }}
      >
        That was me
      </button>
    </div>
  );
}
