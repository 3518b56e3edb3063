/**
 * The peers, each as its documentation shows it: one key, a random nonce and
 * associated data for each record, the results as arrays.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import sodium from "libsodium-wrappers-sumo";

/** What is sealed. */
export interface Plain {
  key: Uint8Array<ArrayBuffer>;
  texts: Uint8Array<ArrayBuffer>[];
  associated: Uint8Array<ArrayBuffer>[];
}

/** Seals all records, and opens what it sealed last. */
export interface Sealer {
  name: string;
  seal: () => Promise<void> | void;
  open: () => Promise<void> | void;
}

interface Sealed {
  nonce: Uint8Array<ArrayBuffer>;
  sealed: Uint8Array<ArrayBuffer>;
}

/** Records of so many bytes, with so much associated data each. */
export function prepare(count: number, bytes: number, associatedBytes: number): Plain {
  const array = (length: number): Uint8Array<ArrayBuffer>[] =>
    Array.from({ length: count }, () => random(length));
  return { key: random(32), texts: array(bytes), associated: array(associatedBytes) };
}

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Nonces for all records from few calls: each call costs as much as a seal. */
function nonces(count: number, length: number): Uint8Array<ArrayBuffer>[] {
  const all = new Uint8Array(count * length);
  for (let at = 0; at < all.length; at += 65_536) {
    crypto.getRandomValues(all.subarray(at, at + 65_536));
  }
  return Array.from({ length: count }, (_, at) => all.subarray(at * length, (at + 1) * length));
}

/** Seals one after the other. */
function seal(
  plain: Plain,
  nonceBytes: number,
  one: (text: Uint8Array, associated: Uint8Array, nonce: Uint8Array) => Uint8Array,
): Sealed[] {
  const fresh = nonces(plain.texts.length, nonceBytes);
  return fresh.map((nonce, at) => {
    const [text, associated] = [plain.texts[at], plain.associated[at]];
    if (text === undefined || associated === undefined) throw new Error("too few records");
    return { nonce, sealed: one(text, associated, nonce) as Uint8Array<ArrayBuffer> };
  });
}

/** Opens one after the other, and holds on to every text as ours does. */
function open(
  plain: Plain,
  all: Sealed[],
  one: (sealed: Uint8Array, associated: Uint8Array, nonce: Uint8Array) => Uint8Array,
): void {
  const texts = all.map(({ nonce, sealed }, at) => {
    const associated = plain.associated[at];
    if (associated === undefined) throw new Error("too few records");
    return one(sealed, associated, nonce);
  });
  if (texts.length !== plain.texts.length) throw new Error("not everything was opened");
}

/** WebCrypto's AES-256-GCM, all calls under way at once. */
export async function webCrypto(plain: Plain): Promise<Sealer> {
  const usages: KeyUsage[] = ["encrypt", "decrypt"];
  const key = await crypto.subtle.importKey("raw", plain.key, "AES-GCM", false, usages);
  let all: Sealed[] = [];
  const parameters = (iv: Uint8Array<ArrayBuffer>, at: number): AesGcmParams => {
    const additionalData = plain.associated[at];
    if (additionalData === undefined) throw new Error("too few records");
    return { name: "AES-GCM", iv, additionalData };
  };
  return {
    name: "WebCrypto",
    async seal() {
      const fresh = nonces(plain.texts.length, 12);
      const buffers = await Promise.all(
        plain.texts.map((text, at) =>
          crypto.subtle.encrypt(parameters(fresh[at] ?? random(12), at), key, text),
        ),
      );
      all = buffers.map((buffer, at) => ({
        nonce: fresh[at] ?? random(12),
        sealed: new Uint8Array(buffer),
      }));
    },
    async open() {
      const texts = await Promise.all(
        all.map(({ nonce, sealed }, at) =>
          crypto.subtle.decrypt(parameters(nonce, at), key, sealed),
        ),
      );
      if (texts.length !== plain.texts.length) throw new Error("not everything was opened");
    },
  };
}

/** libsodium's XChaCha20-Poly1305. */
export async function libsodium(plain: Plain): Promise<Sealer> {
  await sodium.ready;
  let all: Sealed[] = [];
  return {
    name: "libsodium",
    seal() {
      all = seal(plain, 24, (text, associated, nonce) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
          ...([text, associated, null, nonce, plain.key] as const),
        ),
      );
    },
    open() {
      open(plain, all, (sealed, associated, nonce) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
          ...([null, sealed, associated, nonce, plain.key] as const),
        ),
      );
    },
  };
}

/** noble's XChaCha20-Poly1305, JavaScript alone. */
export function noble(plain: Plain): Sealer {
  let all: Sealed[] = [];
  return {
    name: "noble",
    seal() {
      all = seal(plain, 24, (text, associated, nonce) =>
        xchacha20poly1305(plain.key, nonce, associated).encrypt(text),
      );
    },
    open() {
      open(plain, all, (sealed, associated, nonce) =>
        xchacha20poly1305(plain.key, nonce, associated).decrypt(sealed),
      );
    },
  };
}
