/** Words that must not leave a device in the clear, in any usual disguise. */

/** A word that nobody writes by chance. */
export function canary(name: string): string {
  const noise = Array.from(
    { length: 12 },
    () => "bcdfghjklmnpqrstvwxz"[Math.floor(Math.random() * 20)],
  );
  return `${name}${noise.join("")}`;
}

/** The spellings under which a word may turn up in bytes. */
function spellings(word: string): Buffer[] {
  const plain = Buffer.from(word, "utf8");
  const base64 = [0, 1, 2].map((shift) => {
    // Where a word begins within three bytes decides its base64; the ends
    // depend on the neighbours and are cut off.
    const text = Buffer.concat([Buffer.alloc(shift), plain]).toString("base64");
    return Buffer.from(text.slice(shift === 0 ? 0 : 4, -4));
  });
  return [
    plain,
    Buffer.from(word.toUpperCase(), "utf8"),
    Buffer.from(word, "utf16le"),
    Buffer.from(plain.toString("hex")),
    Buffer.from(encodeURIComponent(word)),
    Buffer.from(JSON.stringify(word).slice(1, -1)),
    ...base64,
  ];
}

/** Which of the words are in the bytes. */
export function found(words: string[], bytes: Uint8Array): string[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return words.filter((word) => spellings(word).some((spelling) => haystack.includes(spelling)));
}
