//! The part that sealed operations and sealed objects share.
//!
//! ```text
//! policy 1: salt 16 · nonce 12 · ciphertext · tag 16, the key being
//!           HKDF-SHA-256(subkey, salt, info)
//! policy 2: nonce 24 · ciphertext · tag 16, the key being the subkey
//! ```
//! The plaintext is padded.
//!
//! Salt and nonce are HMAC-SHA-256 under a key of their own, over as many
//! random bytes and what is sealed, see [`Once`]. While the random source
//! works they are random. If it is stuck or repeats itself, they still differ
//! wherever what they are made of differs, so that no key seals two things
//! under one nonce. A reader takes salt and nonce as they stand.

use crate::aead::TAG_LEN;
use crate::error::{Field, OpenError, SealError};
use crate::key::{DerivedKey, EpochKeys};
use crate::padding;
use crate::policy::Aead;
use rand_core::CryptoRng;
use vault_types::{ObjectType, limits};
use zeroize::Zeroizing;

const SALT_LEN: usize = 16;

/// What tells one seal from every other, should the random source fail.
#[derive(Clone, Copy)]
pub(crate) enum Once<'a> {
    /// Bytes that are used once, as the head of an operation is: this device
    /// stamps no two of them alike. Hashing the body too would cost more than
    /// sealing it.
    Head(&'a [u8]),
    /// The associated data and the content: an object is sealed again and
    /// again in its place.
    Content,
}

/// Under what something is sealed.
pub(crate) struct Envelope<'a> {
    pub(crate) aead: Aead,
    /// The keys of the epoch.
    pub(crate) keys: &'a EpochKeys,
    /// What it is, which chooses the subkey.
    pub(crate) object_type: ObjectType,
    /// Names the thing to the derivation of its own key.
    pub(crate) info: &'a [u8],
    /// Everything that must not be changed without notice.
    pub(crate) associated: &'a [u8],
}

impl Envelope<'_> {
    /// Appends the sealed content to `out`.
    pub(crate) fn seal<R: CryptoRng + ?Sized>(
        &self,
        content: &[u8],
        once: Once<'_>,
        out: &mut Vec<u8>,
        rng: &mut R,
    ) -> Result<(), SealError> {
        let field = Field::Plaintext;
        let mut padded = padding::pad(content).ok_or(SealError::LimitExceeded { field })?;
        let head = self.fresh_head(&padded, once, rng);
        let head = &head[..self.head_len()];
        let (salt, nonce) = head.split_at(self.salt_len());
        let tag = self
            .with_key(salt, |key| {
                self.aead
                    .seal_in_place(key, nonce, self.associated, &mut padded)
            })
            .map_err(|_| SealError::Cipher)?;
        out.reserve_exact(head.len() + padded.len() + TAG_LEN);
        out.extend_from_slice(head);
        out.extend_from_slice(&padded);
        out.extend_from_slice(&tag);
        Ok(())
    }

    /// The content of sealed bytes. Nothing of it exists after a failure.
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let head_len = self.head_len();
        if sealed.len() < head_len + TAG_LEN
            || sealed.len() > head_len + limits::PLAINTEXT_BYTES_MAX + TAG_LEN
        {
            return Err(OpenError::CannotOpen);
        }
        let (head, body) = sealed.split_at(head_len);
        let (salt, nonce) = head.split_at(self.salt_len());
        let mut buffer = Zeroizing::new(body.to_vec());
        self.with_key(salt, |key| {
            self.aead
                .open_in_place(key, nonce, self.associated, &mut buffer)
        })
        .map_err(|_| OpenError::CannotOpen)?;
        Ok(buffer)
    }

    /// Salt and nonce, and perhaps more bytes than they take.
    fn fresh_head<R: CryptoRng + ?Sized>(
        &self,
        padded: &[u8],
        once: Once<'_>,
        rng: &mut R,
    ) -> [u8; 32] {
        const { assert!(SALT_LEN + Aead::Aes256Gcm.nonce_len() <= 32) };
        const { assert!(Aead::XChaCha20Poly1305.nonce_len() <= 32) };
        let mut random = [0; 32];
        let random = &mut random[..self.head_len()];
        rng.fill_bytes(random);
        // Of each type the parts before the last are of one length.
        let object_type = &[self.object_type.number()];
        match once {
            Once::Head(head) => self.keys.spread(&[object_type, random, head]),
            Once::Content => {
                let associated = self.associated;
                self.keys.spread(&[object_type, random, associated, padded])
            }
        }
    }

    const fn salt_len(&self) -> usize {
        match self.aead {
            Aead::Aes256Gcm => SALT_LEN,
            Aead::XChaCha20Poly1305 => 0,
        }
    }

    const fn head_len(&self) -> usize {
        self.salt_len() + self.aead.nonce_len()
    }

    fn with_key<T>(&self, salt: &[u8], use_key: impl FnOnce(&DerivedKey) -> T) -> T {
        let subkey = self.keys.subkey(self.object_type);
        match self.aead {
            Aead::Aes256Gcm => use_key(&subkey.derive_for(salt, self.info)),
            Aead::XChaCha20Poly1305 => use_key(subkey),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::common::rng;
    use crate::key::Kek;
    use vault_types::{Epoch, VaultId};

    /// A body of that length, sealed past every limit.
    fn authentic(envelope: &Envelope<'_>, len: usize) -> Vec<u8> {
        let mut sealed = vec![7; envelope.head_len()];
        let mut body = vec![0; len];
        let (salt, nonce) = sealed.split_at(envelope.salt_len());
        let tag = envelope.with_key(salt, |key| {
            let aead = envelope.aead;
            aead.seal_in_place(key, nonce, envelope.associated, &mut body)
        });
        sealed.extend_from_slice(&body);
        sealed.extend_from_slice(&tag.unwrap());
        sealed
    }

    #[test]
    fn opens_from_nothing_to_the_limit_and_not_beyond() {
        let kek = Kek::generate(Epoch(1), &mut rng(1)).unwrap();
        let keys = EpochKeys::derive(&kek, VaultId::NIL);
        for aead in [Aead::Aes256Gcm, Aead::XChaCha20Poly1305] {
            let envelope = Envelope {
                aead,
                keys: &keys,
                object_type: ObjectType::Draft,
                info: b"info",
                associated: b"associated",
            };
            // What is large takes a second in a debug build: once.
            let large = match aead {
                Aead::Aes256Gcm => None,
                Aead::XChaCha20Poly1305 => Some(limits::PLAINTEXT_BYTES_MAX),
            };
            for len in [0, 1].into_iter().chain(large) {
                let opened = envelope.open(&authentic(&envelope, len));
                assert_eq!(opened.unwrap().len(), len);
            }
            if let Some(limit) = large {
                let sealed = authentic(&envelope, limit + 1);
                assert_eq!(envelope.open(&sealed), Err(OpenError::CannotOpen));
            }
        }
    }
}
