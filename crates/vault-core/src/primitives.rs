//! The primitives as this crate calls them, bare, so that vectors that nobody
//! here wrote can be held against the very code that seals and derives.
//!
//! There with the feature `primitives` alone, which the vectors' reader turns
//! on and no crate of the product may: elsewhere no key is an array of bytes.

use crate::key::{self, DerivedKey};
use crate::policy::Aead;
use crate::stretch;

/// Seals `buffer` in place and returns the tag; `None` if refused.
#[must_use]
pub fn seal(
    aead: Aead,
    key: [u8; 32],
    nonce: &[u8],
    associated: &[u8],
    buffer: &mut [u8],
) -> Option<[u8; 16]> {
    aead.seal_in_place(&DerivedKey::of_vector(key), nonce, associated, buffer)
        .ok()
}

/// Opens `buffer`, ciphertext and tag, in place; whether it opened.
#[must_use]
pub fn open(
    aead: Aead,
    key: [u8; 32],
    nonce: &[u8],
    associated: &[u8],
    buffer: &mut Vec<u8>,
) -> bool {
    aead.open_in_place(&DerivedKey::of_vector(key), nonce, associated, buffer)
        .is_ok()
}

/// HKDF-SHA-256 (RFC 5869), the first block.
#[must_use]
pub fn hkdf(secret: &[u8], salt: &[u8], info: &[u8]) -> [u8; 32] {
    *key::extract_and_expand(secret, salt, info).expose_key()
}

/// HMAC-SHA-256 (RFC 2104).
#[must_use]
pub fn hmac(key: [u8; 32], message: &[u8]) -> [u8; 32] {
    key::keyed_hash(&DerivedKey::of_vector(key), message)
}

/// PBKDF2-HMAC-SHA-256 (RFC 8018, 5.2).
pub fn pbkdf2(passphrase: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
    stretch::pbkdf2_sha256(passphrase, salt, iterations, out);
}

/// Argon2id (RFC 9106); whether it ran.
#[must_use]
pub fn argon2id(
    passphrase: &[u8],
    salt: &[u8],
    (memory_kib, passes, lanes): (u32, u32, u32),
    out: &mut [u8],
) -> bool {
    stretch::argon2id(passphrase, salt, memory_kib, passes, lanes, out).is_ok()
}
