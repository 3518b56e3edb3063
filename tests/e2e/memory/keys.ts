/**
 * The keys of a vault, derived outside of the app from what a person knows and
 * what the server stores: a second implementation of the key schedule in
 * docs/FORMAT.md, so that no part of the product has to hand out a key.
 */
import { createDecipheriv, hkdfSync, pbkdf2Sync } from "node:crypto";

/** Label of each subkey of the vault key, by its name in docs/FORMAT.md. */
const SUBKEYS = [
  "slot-list-key",
  "keyring-key",
  "records",
  "drafts",
  "catalogue",
  "index",
  "devices",
  "import-id-key",
  "content-mark-key",
];
const POLICY_AES = 1;
const SLOT_TYPE_PASSPHRASE = 1;

interface Slot {
  slot_type: string;
  epoch: number;
  nonce: string;
  cipher: string;
  kdf?: { "PBKDF2-HMAC-SHA256"?: { iterations: number; salt: string } };
  aad: { user_id: string; vault_id: string; credential_id: string; policy_version: number };
}

/** Every key that an unlocked vault is made of, by a name for the report. */
export function deriveKeys(slotList: Uint8Array, passphrase: string): Map<string, Buffer> {
  const { slots } = JSON.parse(Buffer.from(slotList).toString("utf8")) as { slots: Slot[] };
  const slot = slots.find(({ slot_type }) => slot_type === "passphrase");
  const cost = slot?.kdf?.["PBKDF2-HMAC-SHA256"];
  if (slot === undefined || cost === undefined || slot.aad.policy_version !== POLICY_AES) {
    throw new Error("there is no passphrase slot of policy 1");
  }
  const salt = bytes(cost.salt);
  const secret = Buffer.from(passphrase.normalize("NFKC"), "utf8");
  const stretched = pbkdf2Sync(secret, salt, cost.iterations, 32, "sha256");
  const context = slotContext(slot, cost.iterations, salt);
  const info = Buffer.concat([label("lockstep/slot-wrap/v1"), context]);
  const wrap = hkdf(stretched, Buffer.alloc(0), info);
  const vaultKey = unwrap(wrap, slot, context);
  const vaultId = id(slot.aad.vault_id);
  return new Map([
    ["stretched passphrase", stretched],
    ["wrap key", wrap],
    ["vault key", vaultKey],
    ...SUBKEYS.map((name): [string, Buffer] => [
      `subkey ${name}`,
      hkdf(vaultKey, vaultId, label(`lockstep/${name}/v1`)),
    ]),
  ]);
}

/** The slot's associated data. */
function slotContext(slot: Slot, iterations: number, salt: Buffer): Buffer {
  const { user_id, vault_id, credential_id, policy_version } = slot.aad;
  return Buffer.concat([
    label("lockstep/slot/v1"),
    Buffer.from([1, 1, SLOT_TYPE_PASSPHRASE]),
    u16(policy_version),
    u32(slot.epoch),
    ...[user_id, vault_id, credential_id].map(id),
    Buffer.from([1]),
    u32(iterations),
    salt,
  ]);
}

/** Throws if the passphrase or this file is wrong: the tag would not fit. */
function unwrap(key: Buffer, slot: Slot, context: Buffer): Buffer {
  const sealed = bytes(slot.cipher);
  const cipher = createDecipheriv("aes-256-gcm", key, bytes(slot.nonce));
  cipher.setAAD(context);
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

function hkdf(key: Buffer, salt: Buffer, info: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, info, 32));
}

function label(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "ascii")]);
}

function id(text: string): Buffer {
  return Buffer.from(text.replaceAll("-", ""), "hex");
}

function bytes(text: string): Buffer {
  return Buffer.from(text, "base64url");
}

function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return out;
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
