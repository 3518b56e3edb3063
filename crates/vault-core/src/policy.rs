//! Crypto policies, and the floors and ceilings that a client holds itself.

use core::fmt;
use vault_types::{Code, PolicyVersion};

/// An authenticated cipher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aead {
    /// AES-256-GCM with a 96-bit nonce (NIST SP 800-38D), and one derived key
    /// per sealed thing, so that a random nonce never meets its like.
    Aes256Gcm,
    /// XChaCha20-Poly1305 with a 192-bit nonce (draft-irtf-cfrg-xchacha-03),
    /// which is long enough to be random under one key.
    XChaCha20Poly1305,
}

impl Aead {
    /// Length of a nonce in bytes.
    #[must_use]
    pub const fn nonce_len(self) -> usize {
        match self {
            Self::Aes256Gcm => 12,
            Self::XChaCha20Poly1305 => 24,
        }
    }

    /// The cipher's name in documents and programming interfaces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "AES-256-GCM",
            Self::XChaCha20Poly1305 => "XChaCha20-Poly1305",
        }
    }
}

/// How a passphrase becomes key material, and at what cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KdfParams {
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018, 5.2), 32 bytes of output.
    Pbkdf2Sha256 {
        /// Rounds.
        iterations: u32,
    },
    /// Argon2id version 0x13 (RFC 9106), 32 bytes of output.
    Argon2id {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
}

/// A versioned choice of ciphers and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The number under which slots and operations name it.
    pub version: PolicyVersion,
    /// What seals.
    pub aead: Aead,
    /// What stretches the passphrase of a new slot. A slot names its own
    /// parameters, so that older costs still open.
    pub kdf: KdfParams,
}

impl Policy {
    /// AES-256-GCM and PBKDF2-HMAC-SHA-256 with 600,000 rounds.
    pub const V1: Self = Self {
        version: PolicyVersion(1),
        aead: Aead::Aes256Gcm,
        kdf: KdfParams::Pbkdf2Sha256 {
            iterations: 600_000,
        },
    };

    /// XChaCha20-Poly1305 and Argon2id with 64 MiB, three passes, one lane.
    pub const V2: Self = Self {
        version: PolicyVersion(2),
        aead: Aead::XChaCha20Poly1305,
        kdf: KdfParams::Argon2id {
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
        },
    };

    /// The policy with that number, if this version knows it.
    #[must_use]
    pub const fn by_version(version: PolicyVersion) -> Option<Self> {
        match version.0 {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}

/// KDF parameters outside of what this client accepts. Nothing was derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KdfRefused {
    /// Too cheap to guess: somebody may be after the passphrase.
    BelowFloor {
        /// The parameters.
        found: KdfParams,
    },
    /// So costly that the device would stall.
    AboveCeiling {
        /// The parameters.
        found: KdfParams,
    },
}

impl KdfRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::BelowFloor { .. } | Self::AboveCeiling { .. } => Code::BelowPolicy,
        }
    }
}

impl fmt::Display for KdfRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BelowFloor { found } => write!(f, "{found:?} is below the floor"),
            Self::AboveCeiling { found } => write!(f, "{found:?} is above the ceiling"),
        }
    }
}

impl core::error::Error for KdfRefused {}

/// What one number may be, both ends included.
struct Bounds(u32, u32);

impl Bounds {
    const PBKDF2_ITERATIONS: Self = Self(100_000, 10_000_000);
    const ARGON2_MEMORY_KIB: Self = Self(19 * 1024, 1024 * 1024);
    const ARGON2_PASSES: Self = Self(2, 64);
    const ARGON2_LANES: Self = Self(1, 16);
}

/// Proof that KDF parameters lie between the client's floors and ceilings.
/// [`KdfParams::check`] alone makes one, and no derivation starts without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedKdf(KdfParams);

impl CheckedKdf {
    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> KdfParams {
        self.0
    }
}

impl KdfParams {
    /// Holds the parameters against floors and ceilings that no server can
    /// move: PBKDF2 100,000 to 10,000,000 rounds; Argon2id 19 MiB to 1 GiB,
    /// 2 to 64 passes, 1 to 16 lanes.
    ///
    /// # Errors
    /// [`KdfRefused`], and then nothing may be derived.
    pub fn check(self) -> Result<CheckedKdf, KdfRefused> {
        match self {
            Self::Pbkdf2Sha256 { iterations } => {
                self.hold(&[(iterations, Bounds::PBKDF2_ITERATIONS)])
            }
            Self::Argon2id {
                memory_kib,
                passes,
                lanes,
            } => self.hold(&[
                (memory_kib, Bounds::ARGON2_MEMORY_KIB),
                (passes, Bounds::ARGON2_PASSES),
                (lanes, Bounds::ARGON2_LANES),
            ]),
        }
    }

    fn hold(self, values: &[(u32, Bounds)]) -> Result<CheckedKdf, KdfRefused> {
        if values.iter().any(|(value, bounds)| *value < bounds.0) {
            return Err(KdfRefused::BelowFloor { found: self });
        }
        if values.iter().any(|(value, bounds)| *value > bounds.1) {
            return Err(KdfRefused::AboveCeiling { found: self });
        }
        Ok(CheckedKdf(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argon(memory_kib: u32, passes: u32, lanes: u32) -> KdfParams {
        KdfParams::Argon2id {
            memory_kib,
            passes,
            lanes,
        }
    }

    #[test]
    fn both_policies_pass_their_own_check() {
        for policy in [Policy::V1, Policy::V2] {
            assert!(policy.kdf.check().is_ok());
            assert_eq!(Policy::by_version(policy.version), Some(policy));
        }
        assert_eq!(Policy::by_version(PolicyVersion(0)), None);
        assert_eq!(Policy::by_version(PolicyVersion(3)), None);
    }

    #[test]
    fn pbkdf2_is_taken_from_floor_to_ceiling_only() {
        let check = |iterations| KdfParams::Pbkdf2Sha256 { iterations }.check();
        assert!(matches!(check(0), Err(KdfRefused::BelowFloor { .. })));
        assert!(matches!(check(99_999), Err(KdfRefused::BelowFloor { .. })));
        assert!(check(100_000).is_ok());
        assert!(check(10_000_000).is_ok());
        let above = check(10_000_001);
        assert!(matches!(above, Err(KdfRefused::AboveCeiling { .. })));
        assert!(check(u32::MAX).is_err());
    }

    #[test]
    fn argon2id_is_taken_from_floor_to_ceiling_only() {
        assert!(argon(19_456, 2, 1).check().is_ok());
        assert!(argon(1_048_576, 64, 16).check().is_ok());
        for below in [
            argon(19_455, 2, 1),
            argon(19_456, 1, 1),
            argon(19_456, 2, 0),
            argon(u32::MAX, 1, 1),
        ] {
            let refused = below.check();
            assert_eq!(refused, Err(KdfRefused::BelowFloor { found: below }));
        }
        for above in [
            argon(1_048_577, 2, 1),
            argon(19_456, 65, 1),
            argon(19_456, 2, 17),
        ] {
            let refused = above.check();
            assert_eq!(refused, Err(KdfRefused::AboveCeiling { found: above }));
        }
    }
}
