/** A text with the places marked where a search found something. */

import { cutMarked } from "./cut-marked.ts";

/** The text. */
export function Marked({
  text,
  highlights = [],
}: {
  text: string;
  highlights?: [number, number][];
}) {
  return (
    <>
      {cutMarked(text, highlights).map((piece, at) =>
        piece.marked ? <mark key={at}>{piece.text}</mark> : piece.text,
      )}
    </>
  );
}
