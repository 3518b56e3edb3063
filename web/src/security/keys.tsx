/** Passphrase and vault key: change, renew, strengthen. */

import { useState } from "preact/hooks";
import type { VaultState } from "@lockstep/vault";
import { showToast } from "../ui/toasts.ts";
import { settle, stage, vault } from "../vault/connection.ts";
import { ChangePassphrase } from "./change-passphrase.tsx";
import { ConfirmPassphrase } from "./confirm-passphrase.tsx";
import { showFreshCodes } from "./fresh-codes.tsx";
import { Reseal } from "./reseal.tsx";

/** What the section asks at this moment. */
type Asking = "nothing" | "change" | "renew" | "strengthen";

/** The section. */
export function Keys() {
  const [asking, setAsking] = useState<Asking>("nothing");
  const now = stage.value;
  if (now.is !== "open") return null;
  const close = (): void => setAsking("nothing");
  return (
    <section aria-labelledby="keys">
      <h2 id="keys">Passphrase and key</h2>
      <Upgrade state={now.state} onUpgrade={() => setAsking("strengthen")} />
      <p>
        The passphrase opens the vault key, and the vault key opens the notes. Renew the key if
        somebody may have got hold of it: an old device, a passphrase that was seen.
      </p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => setAsking("change")}>
          Change passphrase
        </button>
        <button type="button" class="button" onClick={() => setAsking("renew")}>
          Renew the key
        </button>
      </div>
      <Reseal />
      {asking === "change" && <ChangePassphrase onClose={close} />}
      {asking === "renew" && <Renew onClose={close} />}
      {asking === "strengthen" && <Strengthen onClose={close} />}
    </section>
  );
}

function Upgrade({ state, onUpgrade }: { state: VaultState; onUpgrade: () => void }) {
  const offer = state.policy?.upgrade;
  if (!offer) return null;
  return (
    <div class="notice">
      <p>
        {offer.reason === "weak_iterations"
          ? "This vault was made with weaker protection for the passphrase than is usual today."
          : "A stronger protection for the passphrase and faster sealing are available."}{" "}
        Nothing changes for you but a moment of work in the background.
      </p>
      <button type="button" class="button" onClick={onUpgrade}>
        Strengthen the vault
      </button>
    </div>
  );
}

function Renew({ onClose }: { onClose: () => void }) {
  return (
    <ConfirmPassphrase
      heading="Renew the vault key?"
      action={{ name: "Renew the key", working: "Renewing…" }}
      onClose={onClose}
      work={async (passphrase) => {
        const codes = await vault().keys.rotate(passphrase);
        showFreshCodes(codes);
        showToast({ text: "The vault key is renewed" });
      }}
    >
      <p>
        Notes are sealed anew in the background; you can go on writing. Other devices ask for the
        passphrase once more, and recovery codes are replaced by new ones.
      </p>
    </ConfirmPassphrase>
  );
}

function Strengthen({ onClose }: { onClose: () => void }) {
  return (
    <ConfirmPassphrase
      heading="Strengthen the vault"
      action={{ name: "Strengthen", working: "Strengthening…" }}
      onClose={onClose}
      work={async (passphrase) => {
        settle(await vault().keys.upgradePolicy(passphrase));
        showToast({ text: "The vault is strengthened" });
      }}
    >
      <p>The passphrase stays the same. Notes are sealed anew in the background.</p>
    </ConfirmPassphrase>
  );
}
