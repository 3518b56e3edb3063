/**
 * `cargo xtask size`: the sizes alone, as a table. Fails if the vault's wasm
 * takes more than its budget, so that nobody learns of it by accident.
 */
import { sections, sizes } from "./sizes.ts";

/**
 * Brotli bytes that the wasm may take. To be lowered when it has become
 * smaller; to be raised only with a reason in the commit that does it.
 */
const WASM_BUDGET = 245_000;

const all = await sizes();
for (const { name, raw, brotli } of [...all, ...(await sections())]) {
  const column = (bytes: number): string => bytes.toLocaleString("en").padStart(11);
  console.log(`${name.padEnd(38)}${column(raw)} bytes ${column(brotli)} brotli`);
}
const wasm = all[0]?.brotli ?? 0;
if (wasm > WASM_BUDGET) {
  console.error(`The wasm takes ${wasm} bytes, ${wasm - WASM_BUDGET} more than its budget.`);
  process.exitCode = 1;
}
