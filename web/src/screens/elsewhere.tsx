/** Screens for when this tab cannot have the vault. */

import { connect } from "../vault/connection.ts";
import { Gate } from "./gate.tsx";

/** Another tab of this browser holds the vault. */
export function Elsewhere() {
  return (
    <Gate
      heading="Open in another tab"
      lead="One tab at a time holds the keys. You can go on there, or bring the vault over to this tab; the other one then closes it."
    >
      <button type="button" class="button primary wide" onClick={() => void connect("take_over")}>
        Use it here
      </button>
    </Gate>
  );
}

/** The vault does not start. */
export function Failed({ sentence }: { sentence: string }) {
  return (
    <Gate heading="Lockstep could not start">
      <p class="form-error" role="alert">
        {sentence}
      </p>
      <button type="button" class="button primary wide" onClick={() => void connect()}>
        Try again
      </button>
    </Gate>
  );
}
