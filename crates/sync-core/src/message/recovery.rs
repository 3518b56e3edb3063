//! Recovery codes, as the server knows them: labels, dates and the hash of a
//! verifier. It never sees a code, nor anything that opens a key slot.

use super::{ReplaceSlots, SlotList};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use vault_types::wire::{Decode, Encode, NotAValue, ValueReader, ValueWriter};
use vault_types::{CredentialId, DeviceId, OpaqueBytes, fields};

/// Proof that somebody holds a recovery code: derived from the code, apart
/// from the key that the code leads to. Shown to the server once.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier([u8; 32]);

/// SHA-256 of a [`Verifier`]: what the server keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifierHash([u8; 32]);

impl Verifier {
    /// Takes derived bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What the server keeps of it. A verifier is as long as a key, so a plain
    /// hash suffices.
    #[must_use]
    pub fn hash(&self) -> VerifierHash {
        VerifierHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

impl VerifierHash {
    /// Takes a digest as it is.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

macro_rules! thirty_two_bytes {
    ($name:ident) => {
        impl Encode for $name {
            fn encode(&self, out: &mut ValueWriter) {
                out.bytes(&self.0);
            }
        }

        impl Decode for $name {
            fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
                from.array().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                OpaqueBytes::new(self.0.to_vec()).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let bytes = OpaqueBytes::deserialize(deserializer)?;
                <[u8; 32]>::try_from(bytes.as_slice())
                    .map(Self)
                    .map_err(|_| serde::de::Error::invalid_length(bytes.len(), &"32 bytes"))
            }
        }
    };
}
thirty_two_bytes!(Verifier);
thirty_two_bytes!(VerifierHash);

/// `GET /api/vault/recovery-codes`, and the answer to whatever changes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodeList {
    /// In the order in which they were made.
    pub codes: Vec<RecoveryCodeEntry>,
}

fields!(RecoveryCodeList { codes });

/// One recovery code, without what would let anybody use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodeEntry {
    /// The key slot that it opens.
    pub credential_id: CredentialId,
    /// What its owner calls it.
    pub label: String,
    /// When it was made, Unix milliseconds of the server's clock.
    pub created_ms: u64,
    /// When it was used.
    #[serde(default)]
    pub used_ms: Option<u64>,
    /// By which device.
    #[serde(default)]
    pub used_by_device: Option<DeviceId>,
    /// When it was revoked.
    #[serde(default)]
    pub revoked_ms: Option<u64>,
}

fields!(RecoveryCodeEntry {
    credential_id,
    label,
    created_ms,
    used_ms,
    used_by_device,
    revoked_ms,
});

/// A recovery code to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRecoveryCode {
    /// The key slot that it opens.
    pub credential_id: CredentialId,
    /// What its owner calls it; at most
    /// [`vault_types::limits::RECOVERY_LABEL_BYTES_MAX`].
    pub label: String,
    /// The hash of its verifier.
    pub verifier_hash: VerifierHash,
}

fields!(NewRecoveryCode {
    credential_id,
    label,
    verifier_hash
});

/// `POST /api/vault/recovery-codes`: a new set in place of the old one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceRecoveryCodes {
    /// At most [`vault_types::limits::RECOVERY_CODES_MAX`]; none to have none.
    pub codes: Vec<NewRecoveryCode>,
    /// The key slots that go with them, of the next generation.
    pub slots: ReplaceSlots,
}

fields!(ReplaceRecoveryCodes { codes, slots });

/// `POST /api/vault/recovery-codes/revoke` and `…/{id}/revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeRecoveryCodes {
    /// The key slots without those of the revoked codes, of the next
    /// generation.
    pub slots: ReplaceSlots,
}

fields!(RevokeRecoveryCodes { slots });

/// `POST /api/vault/recovery-codes/validate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidateRecoveryCode {
    /// The code's key slot, where the device knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<CredentialId>,
    /// Proof that somebody holds the code.
    pub verifier: Verifier,
    /// Random bytes of this try, 1 to 32. The same try of the same device may
    /// be repeated, so that a lost answer does not cost a code; absent to have
    /// one answer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_id: Option<OpaqueBytes>,
}

fields!(ValidateRecoveryCode {
    credential_id: optional,
    verifier,
    attempt_id: optional
});

/// A code that was valid, and is used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatedRecoveryCode {
    /// The key slot that it opens.
    pub credential_id: CredentialId,
    /// The current key slots.
    pub slots: SlotList,
}

fields!(ValidatedRecoveryCode {
    credential_id,
    slots
});
