//! A key slot: the vault key, wrapped by one way to unlock.
//!
//! The JSON object is for transport. What is authenticated is a canonical
//! byte string of everything it says, never the JSON text:
//!
//! ```text
//! "lockstep/slot/v1", with its length in one byte before it
//! wrap version 1 · wrap type 1 (AEAD) · slot type · policy version u16 · epoch u32
//! account id 16 · vault id 16 · credential id 16
//! KDF 0 none | 1 PBKDF2: iterations u32, salt 16
//!            | 2 Argon2id: memory KiB u32, passes u32, lanes u32, salt 16
//! ```

use crate::aead::TAG_LEN;
use crate::error::{Field, SealError, UnlockError};
use crate::key::{Kek, SlotKeys};
use crate::label::Label;
use crate::policy::{KdfParams, Policy};
use crate::slot_key::SlotKey;
use crate::stretch::{KdfRequest, KdfSalt};
use crate::wire::{FixedBytes, bounded_bytes, bounded_text};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use vault_types::wire::{Decode, Encode, NotAValue, ValueReader, ValueWriter};
use vault_types::{
    AccountId, CredentialId, Epoch, OpaqueBytes, PolicyVersion, VaultId, Writer, fields, limits,
    names,
};
use zeroize::Zeroizing;

/// The longest nonce of any policy, in bytes.
pub(crate) const NONCE_LEN_MAX: usize = 24;
/// A wrapped vault key: the key and the tag.
pub(crate) const CIPHER_LEN: usize = Kek::LEN + TAG_LEN;

/// What a slot is unlocked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotType {
    /// A passphrase, stretched by a KDF.
    Passphrase,
    /// A recovery code, long enough to need no stretching.
    Recovery,
    /// A secret that one device holds.
    Device,
}

names!(SlotType { Passphrase = "passphrase", Recovery = "recovery", Device = "device" });

impl SlotType {
    const fn number(self) -> u8 {
        match self {
            Self::Passphrase => 1,
            Self::Recovery => 2,
            Self::Device => 3,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum WrapVersion {
    #[serde(rename = "v1")]
    V1,
}

names!(WrapVersion { V1 = "v1" });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum WrapType {
    #[serde(rename = "AEAD")]
    Aead,
}

names!(WrapType { Aead = "AEAD" });

/// How a slot's secret is stretched, as it stands in the slot: not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum SlotKdf {
    #[serde(rename = "PBKDF2-HMAC-SHA256")]
    Pbkdf2Sha256 {
        iterations: u32,
        salt: FixedBytes<16>,
    },
    #[serde(rename = "Argon2id")]
    Argon2id {
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        salt: FixedBytes<16>,
    },
}

/// An object with one field, whose name says which function it is.
impl Encode for SlotKdf {
    fn encode(&self, out: &mut ValueWriter) {
        out.map(1);
        match self {
            Self::Pbkdf2Sha256 { iterations, salt } => {
                out.key("PBKDF2-HMAC-SHA256");
                out.map(2);
                out.field("iterations", iterations);
                out.field("salt", salt);
            }
            Self::Argon2id {
                memory_kib,
                passes,
                lanes,
                salt,
            } => {
                out.key("Argon2id");
                out.map(4);
                out.field("memory_kib", memory_kib);
                out.field("passes", passes);
                out.field("lanes", lanes);
                out.field("salt", salt);
            }
        }
        out.end_map();
        out.end_map();
    }
}

impl Decode for SlotKdf {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        let mut functions = from.map()?;
        let (mut fields, kdf);
        if let Some(mut params) = functions.find("PBKDF2-HMAC-SHA256")? {
            fields = params.map()?;
            kdf = Self::Pbkdf2Sha256 {
                iterations: fields.read("iterations")?,
                salt: fields.read("salt")?,
            };
        } else {
            fields = functions.find("Argon2id")?.ok_or(NotAValue)?.map()?;
            kdf = Self::Argon2id {
                memory_kib: fields.read("memory_kib")?,
                passes: fields.read("passes")?,
                lanes: fields.read("lanes")?,
                salt: fields.read("salt")?,
            };
        }
        functions.finish()?;
        fields.finish()?;
        Ok(kdf)
    }
}

impl SlotKdf {
    const fn of(request: &KdfRequest) -> Self {
        let salt = FixedBytes(*request.salt().as_bytes());
        match request.params() {
            KdfParams::Pbkdf2Sha256 { iterations } => Self::Pbkdf2Sha256 { iterations, salt },
            KdfParams::Argon2id {
                memory_kib,
                passes,
                lanes,
            } => Self::Argon2id {
                memory_kib,
                passes,
                lanes,
                salt,
            },
        }
    }

    const fn params(&self) -> KdfParams {
        match *self {
            Self::Pbkdf2Sha256 { iterations, .. } => KdfParams::Pbkdf2Sha256 { iterations },
            Self::Argon2id {
                memory_kib,
                passes,
                lanes,
                ..
            } => KdfParams::Argon2id {
                memory_kib,
                passes,
                lanes,
            },
        }
    }

    const fn salt(&self) -> KdfSalt {
        match self {
            Self::Pbkdf2Sha256 { salt, .. } | Self::Argon2id { salt, .. } => {
                KdfSalt::from_bytes(salt.0)
            }
        }
    }

    fn write(slot_kdf: Option<&Self>, writer: &mut Writer) {
        match slot_kdf {
            None => writer.u8(0),
            Some(Self::Pbkdf2Sha256 { iterations, salt }) => {
                writer.u8(1).u32(*iterations).raw(&salt.0)
            }
            Some(Self::Argon2id {
                memory_kib,
                passes,
                lanes,
                salt,
            }) => writer
                .u8(2)
                .u32(*memory_kib)
                .u32(*passes)
                .u32(*lanes)
                .raw(&salt.0),
        };
    }
}

/// Where a slot belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotContext {
    /// The account that owns the vault.
    #[serde(rename = "user_id")]
    pub account_id: AccountId,
    /// The vault.
    pub vault_id: VaultId,
    /// This slot among the vault's.
    pub credential_id: CredentialId,
    /// The policy whose cipher wraps the key and seals under it.
    pub policy_version: PolicyVersion,
}

fields!(strict SlotContext { account_id as "user_id", vault_id, credential_id, policy_version });

/// The vault key under one key slot, as the server stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedKek {
    wrap_version: WrapVersion,
    wrap_type: WrapType,
    slot_type: SlotType,
    epoch: Epoch,
    #[serde(deserialize_with = "bounded_text::<_, { limits::DEVICE_NAME_BYTES_MAX }>")]
    label: String,
    #[serde(deserialize_with = "bounded_bytes::<_, NONCE_LEN_MAX>")]
    nonce: OpaqueBytes,
    cipher: FixedBytes<CIPHER_LEN>,
    commitment: FixedBytes<32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kdf: Option<SlotKdf>,
    aad: SlotContext,
}

fields!(strict WrappedKek {
    wrap_version,
    wrap_type,
    slot_type,
    epoch,
    label: at_most(limits::DEVICE_NAME_BYTES_MAX),
    nonce: at_most(NONCE_LEN_MAX),
    cipher,
    commitment,
    kdf: optional,
    aad,
});

impl WrappedKek {
    /// Wraps the vault key.
    pub(crate) fn wrap<R: CryptoRng + ?Sized>(
        kek: &Kek,
        context: SlotContext,
        policy: &Policy,
        label: &str,
        slot_key: &SlotKey,
        rng: &mut R,
    ) -> Result<Self, SealError> {
        if label.len() > limits::DEVICE_NAME_BYTES_MAX {
            let field = Field::SlotLabel;
            return Err(SealError::LimitExceeded { field });
        }
        let mut nonce = vec![0; policy.aead.nonce_len()];
        rng.fill_bytes(&mut nonce);
        let mut slot = Self {
            wrap_version: WrapVersion::V1,
            wrap_type: WrapType::Aead,
            slot_type: slot_key.slot_type(),
            epoch: kek.epoch,
            label: label.to_owned(),
            nonce: OpaqueBytes::new(nonce),
            cipher: FixedBytes([0; CIPHER_LEN]),
            commitment: FixedBytes([0; 32]),
            kdf: slot_key.request().map(SlotKdf::of),
            aad: context,
        };
        let associated = slot.associated_data();
        let keys = SlotKeys::derive(slot_key, &associated);
        slot.commitment = FixedBytes(keys.commitment());
        let (body, tag) = slot.cipher.0.split_at_mut(Kek::LEN);
        body.copy_from_slice(kek.expose_key());
        let sealed = policy
            .aead
            .seal_in_place(&keys.wrap, slot.nonce.as_slice(), &associated, body)
            .map_err(|_| SealError::Cipher)?;
        tag.copy_from_slice(&sealed);
        Ok(slot)
    }

    /// Unwraps the vault key. The commitment is compared first, so that no
    /// ciphertext made to decrypt under several keys is ever decrypted.
    pub(crate) fn unwrap(&self, slot_key: &SlotKey) -> Result<Kek, UnlockError> {
        let policy = self.policy()?;
        let associated = self.associated_data();
        let keys = SlotKeys::derive(slot_key, &associated);
        if !keys.commits_to(&self.commitment.0) {
            return Err(UnlockError::CannotUnlock);
        }
        let mut buffer = Zeroizing::new(self.cipher.0.to_vec());
        policy
            .aead
            .open_in_place(&keys.wrap, self.nonce.as_slice(), &associated, &mut buffer)
            .map_err(|_| UnlockError::CannotUnlock)?;
        Kek::from_unwrapped(self.epoch, &buffer).ok_or(UnlockError::CannotUnlock)
    }

    /// The canonical bytes of everything that the slot says about itself but
    /// its label, which may change without the slot's secret and is under the
    /// list's seal.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        let WrapVersion::V1 = self.wrap_version;
        let WrapType::Aead = self.wrap_type;
        let mut writer = Label::Slot.writer();
        writer
            .u8(1)
            .u8(1)
            .u8(self.slot_type.number())
            .u16(self.aad.policy_version.0)
            .u32(self.epoch.0)
            .raw(self.aad.account_id.as_bytes())
            .raw(self.aad.vault_id.as_bytes())
            .raw(self.aad.credential_id.as_bytes());
        SlotKdf::write(self.kdf.as_ref(), &mut writer);
        writer.finish()
    }

    /// The canonical bytes of the whole slot, for the list's seal.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(512);
        writer
            .bytes(&self.associated_data())
            .bytes(self.nonce.as_slice())
            .raw(&self.cipher.0)
            .raw(&self.commitment.0)
            .text(&self.label);
        writer.finish()
    }

    /// The derivation that gives this slot's key, if its cost is acceptable.
    pub(crate) fn kdf_request(&self) -> Result<KdfRequest, UnlockError> {
        let kdf = self.kdf.as_ref().ok_or(UnlockError::NoSuchSlot)?;
        Ok(KdfRequest::new(kdf.params().check()?, kdf.salt()))
    }

    /// Whether that key is worth a try: of the slot's type, and from the
    /// derivation that the slot names.
    pub(crate) fn answers(&self, slot_key: &SlotKey) -> bool {
        self.slot_type == slot_key.slot_type() && self.kdf == slot_key.request().map(SlotKdf::of)
    }

    /// What the slot says of its derivation, not checked; `None` for a secret
    /// that needs no stretching.
    #[must_use]
    pub fn kdf_params(&self) -> Option<KdfParams> {
        self.kdf.as_ref().map(SlotKdf::params)
    }

    pub(crate) fn policy(&self) -> Result<Policy, UnlockError> {
        Policy::by_version(self.aad.policy_version).ok_or(UnlockError::NewerVersion)
    }

    /// Where the slot belongs.
    #[must_use]
    pub const fn context(&self) -> &SlotContext {
        &self.aad
    }

    /// What unlocks it.
    #[must_use]
    pub const fn slot_type(&self) -> SlotType {
        self.slot_type
    }

    /// The epoch of the vault key in it.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The name that its owner gave it; may be empty.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }
}

#[cfg(test)]
mod salamander;
#[cfg(test)]
mod tests;
