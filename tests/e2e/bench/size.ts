/** `cargo xtask size`: the sizes alone, as a table. */
import { sizes } from "./sizes.ts";

for (const { name, raw, brotli } of await sizes()) {
  const column = (bytes: number): string => bytes.toLocaleString("en").padStart(11);
  console.log(`${name.padEnd(38)}${column(raw)} bytes ${column(brotli)} brotli`);
}
