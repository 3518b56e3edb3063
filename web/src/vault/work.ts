/** One piece of work at a time behind a form, and what went wrong with it. */

import { useRef, useState } from "preact/hooks";
import { isInterruption, sentenceOf } from "./errors.ts";

/** What a form knows of its work. */
export interface Work {
  working: boolean;
  /** What went wrong last, as a person reads it. */
  error: string | null;
  /** Does something; a second call while that lasts is passed over. */
  run: (work: () => Promise<void>, onError?: (failure: unknown) => void) => void;
  /** Says what is missing before any work can begin. */
  refuse: (sentence: string) => void;
}

/** Work behind a form. */
export function useWork(): Work {
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const busy = useRef(false);
  return {
    working,
    error,
    refuse: setError,
    run: (work, onError) => {
      if (busy.current) return;
      busy.current = true;
      setWorking(true);
      setError(null);
      work()
        .catch((failure: unknown) => {
          if (isInterruption(failure)) return;
          setError(sentenceOf(failure));
          onError?.(failure);
        })
        .finally(() => {
          busy.current = false;
          setWorking(false);
        });
    },
  };
}
