//! From a passphrase to a stretched key.

use crate::passphrase::Passphrase;
use crate::policy::{CheckedKdf, KdfParams, KdfRefused, Policy};
use argon2::{Algorithm, Argon2, Params, Version};
use core::fmt;
use rand_core::CryptoRng;
use sha2::Sha256;
use vault_types::Code;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Sixteen random bytes that make one slot's derivation its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfSalt([u8; 16]);

impl KdfSalt {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// A fresh salt.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; Self::LEN];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Takes sixteen bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// The derivation did not run: the device lacks the memory that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StretchError {
    /// Not enough memory for Argon2id.
    OutOfMemory,
}

impl StretchError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::OutOfMemory => Code::Unsupported,
        }
    }
}

impl fmt::Display for StretchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not enough memory for the key derivation")
    }
}

impl core::error::Error for StretchError {}

/// What to derive: parameters that passed the client's check, and a salt.
/// Nothing in it is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfRequest {
    kdf: CheckedKdf,
    salt: KdfSalt,
}

impl KdfRequest {
    pub(crate) const fn new(kdf: CheckedKdf, salt: KdfSalt) -> Self {
        Self { kdf, salt }
    }

    /// The derivation of a new slot: the policy's cost and a fresh salt.
    ///
    /// # Errors
    /// [`KdfRefused`] if the policy lies outside of what this client accepts.
    pub fn for_new_slot<R: CryptoRng + ?Sized>(
        policy: &Policy,
        rng: &mut R,
    ) -> Result<Self, KdfRefused> {
        Ok(Self::new(policy.kdf.check()?, KdfSalt::generate(rng)))
    }

    /// The parameters.
    #[must_use]
    pub const fn params(&self) -> KdfParams {
        self.kdf.params()
    }

    /// The salt.
    #[must_use]
    pub const fn salt(&self) -> &KdfSalt {
        &self.salt
    }

    /// Runs the derivation here. Takes a tenth of a second and more.
    ///
    /// # Errors
    /// [`StretchError::OutOfMemory`].
    pub fn stretch(&self, passphrase: &Passphrase) -> Result<StretchedKey, StretchError> {
        let mut key = Zeroizing::new([0; 32]);
        let (passphrase, salt) = (passphrase.expose_bytes(), &self.salt.0);
        match self.params() {
            KdfParams::Pbkdf2Sha256 { iterations } => {
                pbkdf2_sha256(passphrase, salt, iterations, key.as_mut_slice());
            }
            KdfParams::Argon2id {
                memory_kib,
                passes,
                lanes,
            } => argon2id(
                passphrase,
                salt,
                memory_kib,
                passes,
                lanes,
                key.as_mut_slice(),
            )?,
        }
        Ok(self.accept_platform(key))
    }

    /// Takes the 32 bytes that the platform derived from
    /// [`Passphrase::expose_bytes`] by this very request, such as WebCrypto's
    /// PBKDF2, which gives the same bytes as [`Self::stretch`] in a third of
    /// the time.
    #[must_use]
    pub const fn accept_platform(&self, derived: Zeroizing<[u8; 32]>) -> StretchedKey {
        StretchedKey {
            request: *self,
            key: derived,
        }
    }
}

/// PBKDF2-HMAC-SHA-256 (RFC 8018, 5.2).
pub(crate) fn pbkdf2_sha256(passphrase: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, iterations, out);
}

/// Argon2id (RFC 9106).
pub(crate) fn argon2id(
    passphrase: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    out: &mut [u8],
) -> Result<(), StretchError> {
    // Checked parameters are valid ones, so that memory alone can fail.
    let params = Params::new(memory_kib, passes, lanes, Some(out.len()))
        .map_err(|_| StretchError::OutOfMemory)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, salt, out)
        .map_err(|_| StretchError::OutOfMemory)
}

/// Key material stretched from a passphrase, and the request that it answers.
/// [`crate::LockedVault::unlock`] or [`crate::create_vault`] consumes it.
#[derive(ZeroizeOnDrop)]
pub struct StretchedKey {
    #[zeroize(skip)]
    request: KdfRequest,
    key: Zeroizing<[u8; 32]>,
}

impl StretchedKey {
    /// The request that it answers.
    #[must_use]
    pub const fn request(&self) -> &KdfRequest {
        &self.request
    }

    pub(crate) fn expose_key(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Debug for StretchedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StretchedKey(..)")
    }
}
