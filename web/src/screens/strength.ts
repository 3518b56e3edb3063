/** How hard a passphrase is to guess. Loaded only where one is made. */

import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

/** How strong a passphrase is, from 0 to 4, as zxcvbn has it. */
export type Score = 0 | 1 | 2 | 3 | 4;

/** Longer than this nothing more is learned, and it takes ever longer. */
const LOOKED_AT = 128;

/** Estimates a passphrase. */
export function estimate(passphrase: string): Score {
  return estimator.check(passphrase.slice(0, LOOKED_AT)).score;
}
