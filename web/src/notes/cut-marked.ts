/** Cutting a text at the places that a search marked. */

/** A piece of a text. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** Cuts a text; places that overlap, run backwards or run over are put right. */
export function cutMarked(text: string, highlights: readonly [number, number][]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const add = (end: number, marked: boolean): void => {
    if (end > at) pieces.push({ text: text.slice(at, end), marked });
    at = Math.max(at, end);
  };
  for (const [start, end] of [...highlights].sort((a, b) => a[0] - b[0])) {
    add(Math.min(start, text.length), false);
    add(Math.min(end, text.length), true);
  }
  add(text.length, false);
  return pieces;
}
