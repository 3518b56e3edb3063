/** Recovery codes as a text to keep. */

import type { MadeCode } from "@lockstep/vault";

/** What a person keeps: the codes with what they are for. */
export function codesAsText(codes: readonly MadeCode[], origin: string, day: string): string {
  const lines = codes.map(({ code }, at) => `${at + 1}. ${code}`);
  return [
    `Lockstep recovery codes for ${origin}, made on ${day}`,
    "Each opens the vault once. Whoever has one can read everything: keep them like a key.",
    "",
    ...lines,
    "",
  ].join("\n");
}
