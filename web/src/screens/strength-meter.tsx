/** Says in words and colour how strong a new passphrase is. It only advises. */

import { useEffect, useState } from "preact/hooks";
import type { Score } from "./strength.ts";

const WORDS: Record<Score, { name: string; advice: string }> = {
  0: { name: "Very weak", advice: "This is among the first things that would be tried." },
  1: { name: "Weak", advice: "Add words. Four or five that have nothing to do with each other." },
  2: { name: "Fair", advice: "One or two more unusual words would help." },
  3: { name: "Good", advice: "Another word makes it last." },
  4: { name: "Strong", advice: "Write it down and keep it somewhere safe." },
};

const EMPTY_ADVICE = "Four or five unrelated words are strong, and easy to remember.";

/** The meter. */
export function StrengthMeter({ id, passphrase }: { id: string; passphrase: string }) {
  const score = useScore(passphrase);
  const words = score === null ? null : WORDS[score];
  return (
    <div class="strength" data-score={score ?? "none"}>
      <div
        class="strength-bar"
        role="meter"
        aria-label="Strength"
        aria-valuemin={0}
        aria-valuemax={4}
        aria-valuenow={score ?? 0}
        aria-valuetext={words?.name ?? "Nothing typed"}
      >
        <i />
        <i />
        <i />
        <i />
      </div>
      <p id={id} class="hint" aria-live="polite">
        {words && <strong>{words.name}. </strong>}
        {words?.advice ?? EMPTY_ADVICE}
      </p>
    </div>
  );
}

function useScore(passphrase: string): Score | null {
  const [score, setScore] = useState<Score | null>(null);
  useEffect(() => {
    if (passphrase === "") {
      setScore(null);
      return;
    }
    let current = true;
    import("./strength.ts").then(
      ({ estimate }) => {
        if (current) setScore(estimate(passphrase));
      },
      () => {
        // Without the estimator there is no meter; the vault still asks for its minimum.
      },
    );
    return () => {
      current = false;
    };
  }, [passphrase]);
  return score;
}
