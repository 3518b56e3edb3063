/** The peers of a derivation, with the parameters of our policies. */
import sodium from "libsodium-wrappers-sumo";

const PBKDF2_ITERATIONS = 600_000;
const ARGON2_PASSES = 3;
const ARGON2_MEMORY_BYTES = 64 * 1024 * 1024;
const KEY_BYTES = 32;

/** WebCrypto's PBKDF2-HMAC-SHA-256. */
export function pbkdf2(passphrase: string, salt: Uint8Array): () => Promise<unknown> {
  const bytes = new TextEncoder().encode(passphrase);
  const parameters = {
    name: "PBKDF2",
    hash: "SHA-256",
    salt: new Uint8Array(salt),
    iterations: PBKDF2_ITERATIONS,
  };
  return async () => {
    const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
    return crypto.subtle.deriveBits(parameters, key, KEY_BYTES * 8);
  };
}

/** libsodium's Argon2id. */
export async function argon2id(passphrase: string, salt: Uint8Array): Promise<() => unknown> {
  await sodium.ready;
  return () =>
    sodium.crypto_pwhash(
      KEY_BYTES,
      passphrase,
      salt,
      ARGON2_PASSES,
      ARGON2_MEMORY_BYTES,
      sodium.crypto_pwhash_ALG_ARGON2ID13,
    );
}
