/** When the vault locks, and locking it everywhere. */

import { useEffect, useState } from "preact/hooks";
import type { LockSettings, LockSettingsView } from "@lockstep/vault";
import { lockNow } from "../notes/desk.ts";
import { FormError } from "../screens/gate.tsx";
import { vault } from "../vault/connection.ts";
import { useWork } from "../vault/work.ts";
import { spanText } from "./span-text.ts";

const MINUTE_MS = 60_000;
/** What is offered; anything else that is set already is offered as well. */
const IDLE_MS = [1, 5, 10, 30, 60].map((minutes) => minutes * MINUTE_MS);
const BACKGROUND_MS = [0, 10_000, MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS];

/** The section. */
export function Locking() {
  const [settings, setSettings] = useState<LockSettingsView | null>(null);
  const { error, run } = useWork();
  useEffect(() => run(async () => setSettings(await vault().lockSettings())), []);
  const set = (change: Partial<LockSettings>): void => {
    if (settings === null) return;
    const { idle_ms, background_ms, strict } = settings;
    const next = { idle_ms, background_ms, strict, ...change };
    run(async () => setSettings(await vault().setLockSettings(next)));
  };
  return (
    <section aria-labelledby="locking">
      <h2 id="locking">Locking</h2>
      {settings && (
        <div class="lock-choices">
          <Span
            label="When nobody uses it"
            offered={IDLE_MS}
            value={settings.idle_ms}
            onValue={(idle_ms) => set({ idle_ms })}
          />
          <Span
            label="When the app is in the background"
            offered={BACKGROUND_MS}
            value={settings.background_after_ms}
            onValue={(background_ms) => set({ background_ms })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={settings.strict}
              onChange={(event) => set({ strict: event.currentTarget.checked })}
            />
            <span>
              Whenever this device locks, lock all devices
              <small class="hint">For a vault that must never be open unattended anywhere.</small>
            </span>
          </label>
        </div>
      )}
      <FormError text={error} />
      <button type="button" class="button" onClick={() => void lockNow("ask", "vault")}>
        Lock all devices
      </button>
      <p class="hint">
        Other devices forget their keys as soon as they hear of it: within half a minute while they
        are online. What was being typed is kept there and is back after unlocking.
      </p>
    </section>
  );
}

function Span(props: {
  label: string;
  offered: readonly number[];
  value: number;
  onValue: (ms: number) => void;
}) {
  const all = props.offered.includes(props.value)
    ? props.offered
    : [...props.offered, props.value].sort((a, b) => a - b);
  return (
    <label class="lock-choice">
      <span>{props.label}</span>
      <select
        value={props.value}
        onChange={(event) => props.onValue(Number(event.currentTarget.value))}
      >
        {all.map((ms) => (
          <option key={ms} value={ms}>
            {spanText(ms)}
          </option>
        ))}
      </select>
    </label>
  );
}
