/** A new passphrase, typed twice. */

import { useId, useState } from "preact/hooks";
import { StrengthMeter } from "../screens/strength-meter.tsx";
import { PassphraseField } from "../ui/passphrase-field.tsx";

/** What is typed so far. */
export interface Typed {
  passphrase: string;
  repeated: string;
}

/** Nothing typed yet. */
export const NOTHING_TYPED: Typed = { passphrase: "", repeated: "" };

/** What keeps a new passphrase from being taken, as a person reads it. */
export function whyNotYet({ passphrase, repeated }: Typed): string | null {
  if (passphrase === "") return "Type a passphrase first.";
  if (passphrase !== repeated) {
    return "The two passphrases are not the same. Type the second one again.";
  }
  return null;
}

/** The two boxes, and how strong what is typed is. */
export function NewPassphrase(props: {
  typed: Typed;
  onTyped: (typed: Typed) => void;
  label?: string;
  /** Whether an error stands beside the boxes already. */
  faulty: boolean;
  autoFocus?: boolean;
}) {
  const { typed, onTyped } = props;
  const [shown, setShown] = useState(false);
  const meterId = useId();
  const mismatch = typed.repeated !== "" && !typed.passphrase.startsWith(typed.repeated);
  return (
    <>
      <PassphraseField
        label={props.label ?? "Passphrase"}
        value={typed.passphrase}
        onValue={(passphrase) => onTyped({ ...typed, passphrase })}
        autocomplete="new-password"
        shown={shown}
        onShown={setShown}
        describedBy={meterId}
        autoFocus={props.autoFocus ?? false}
      />
      <StrengthMeter id={meterId} passphrase={typed.passphrase} />
      <PassphraseField
        label={props.label === undefined ? "Repeat passphrase" : "Repeat new passphrase"}
        value={typed.repeated}
        onValue={(repeated) => onTyped({ ...typed, repeated })}
        autocomplete="new-password"
        shown={shown}
        invalid={mismatch}
      />
      {mismatch && !props.faulty && <p class="hint hint-warning">Not the same so far.</p>}
    </>
  );
}

/** The name under which a password manager keeps the passphrase. */
export function ManagerName() {
  return <input type="text" name="username" autocomplete="username" value="Lockstep" hidden />;
}
