/**
 * Vectors that nobody here wrote, in the browser: by the same code as natively,
 * compiled to wasm, and by WebCrypto in the same page, called as the vault calls
 * it. Where both can do a row, both must agree with it.
 */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { vectorSuite } from "./harness/places.ts";
import { World } from "./harness/world.ts";

/** What `tests/wasm/src/third_party` exports, and what it reports. */
interface Suite {
  default: (source: { module_or_path: string }) => Promise<unknown>;
  run_third_party: () => string;
  third_party_rows: () => string;
}
interface SetReport {
  name: string;
  count: number;
  invalid: number;
  through_the_core: number;
  failures: string[];
}
interface PlatformReport {
  name: string;
  checked: number;
  failures: string[];
}

test("third-party vectors hold in wasm and in WebCrypto", async (t) => {
  const world = await World.start(t);
  await cp(vectorSuite, join(world.site, "vectors"), { recursive: true });
  const page = await world.page(await world.device());
  const said = await page.evaluate(async () => {
    const address = "/vectors/vector_suite.js";
    const suite = (await import(address)) as Suite;
    await suite.default({ module_or_path: "/vectors/vector_suite_bg.wasm" });
    return { wasm: suite.run_third_party(), rows: suite.third_party_rows() };
  });
  const wasm = JSON.parse(said.wasm) as SetReport[];
  const platform = await page.evaluate(holdPlatform, said.rows);

  let total = 0;
  for (const { name, count, invalid, failures } of wasm) {
    console.log(`counted: ${name}, wasm: ${count} rows, ${invalid} to be refused`);
    assert.deepEqual(failures, [], name);
    total += count;
  }
  console.log(`counted: ${total} third-party vectors, wasm`);
  // As many as natively: tests/third_party.rs has the count of every set.
  assert.equal(total, 1791);

  let checked = 0;
  for (const set of platform) {
    console.log(`counted: ${set.name}, WebCrypto: ${set.checked} rows`);
    assert.deepEqual(set.failures, [], set.name);
    checked += set.checked;
  }
  console.log(`counted: ${checked} third-party vectors, WebCrypto`);
  // Every row of what WebCrypto has.
  for (const { name, count } of wasm.filter((set) =>
    /AES-256-GCM|PBKDF2|HKDF|HMAC/.test(set.name),
  )) {
    const set = platform.find((other) => other.name === name);
    assert.equal(set?.checked, count, name);
  }
});

/** Runs in the page: every row that WebCrypto has a primitive for. */
async function holdPlatform(text: string): Promise<PlatformReport[]> {
  interface Row {
    primitive: string;
    name: string;
    valid: boolean;
    [field: string]: unknown;
  }
  const bytes = (row: Row, field: string): Uint8Array<ArrayBuffer> => {
    const hex = row[field] as string;
    const pairs = hex.match(/../g) ?? [];
    return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  };
  const hex = (buffer: ArrayBuffer): string =>
    Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const subtle = crypto.subtle;

  const gcm = async (row: Row): Promise<boolean> => {
    const key = await subtle.importKey("raw", bytes(row, "key"), "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]);
    const params = {
      name: "AES-GCM",
      iv: bytes(row, "nonce"),
      additionalData: bytes(row, "associated"),
      tagLength: 128,
    };
    const sealed = new Uint8Array([...bytes(row, "ciphertext"), ...bytes(row, "tag")]);
    let opened: string | null = null;
    try {
      opened = hex(await subtle.decrypt(params, key, sealed));
    } catch {
      // Refused, and nothing came out.
    }
    if (!row.valid) return opened === null;
    if (opened !== row.text) return false;
    return hex(await subtle.encrypt(params, key, bytes(row, "text"))) === hex(sealed.buffer);
  };
  const pbkdf2 = async (row: Row): Promise<boolean> => {
    const key = await subtle.importKey("raw", bytes(row, "passphrase"), "PBKDF2", false, [
      "deriveBits",
    ]);
    const params = {
      name: "PBKDF2",
      hash: "SHA-256",
      salt: bytes(row, "salt"),
      iterations: row.iterations as number,
    };
    const bits = await subtle.deriveBits(params, key, (row.output as string).length * 4);
    return (hex(bits) === row.output) === row.valid;
  };
  const hkdf = async (row: Row): Promise<boolean> => {
    const key = await subtle.importKey("raw", bytes(row, "secret"), "HKDF", false, ["deriveBits"]);
    const params = {
      name: "HKDF",
      hash: "SHA-256",
      salt: bytes(row, "salt"),
      info: bytes(row, "info"),
    };
    try {
      const bits = await subtle.deriveBits(params, key, (row.len as number) * 8);
      return row.valid && hex(bits) === row.output;
    } catch {
      return !row.valid;
    }
  };
  const hmac = async (row: Row): Promise<boolean> => {
    const hash = { name: "HMAC", hash: "SHA-256" };
    const key = await subtle.importKey("raw", bytes(row, "key"), hash, false, ["sign"]);
    const whole = hex(await subtle.sign("HMAC", key, bytes(row, "message")));
    const tag = row.tag as string;
    return (tag !== "" && whole.startsWith(tag)) === row.valid;
  };

  const platform: Record<string, (row: Row) => Promise<boolean>> = {
    "AES-256-GCM": gcm,
    "HKDF-SHA-256": hkdf,
    "HMAC-SHA-256": hmac,
    "PBKDF2-HMAC-SHA-256": pbkdf2,
  };

  const reports: PlatformReport[] = [];
  for (const set of JSON.parse(text) as { name: string; rows: Row[] }[]) {
    const report: PlatformReport = { name: set.name, checked: 0, failures: [] };
    for (const row of set.rows) {
      const check = platform[row.primitive];
      if (check === undefined) continue;
      report.checked += 1;
      if (!(await check(row))) report.failures.push(row.name);
    }
    if (report.checked > 0) reports.push(report);
  }
  return reports;
}
