//! The two ciphers behind one pair of functions.

use crate::key::DerivedKey;
use crate::policy::Aead;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use chacha20poly1305::XChaCha20Poly1305;
use zeroize::Zeroize;

/// Length of a tag in bytes, for both ciphers.
pub(crate) const TAG_LEN: usize = 16;

/// The cipher refused. Says nothing more, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

impl Aead {
    /// Encrypts `buffer` in place and returns the tag.
    pub(crate) fn seal_in_place(
        self,
        key: &DerivedKey,
        nonce: &[u8],
        associated: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], Refused> {
        match self {
            Self::Aes256Gcm => seal(
                &Aes256Gcm::new(key.expose_key().into()),
                nonce,
                associated,
                buffer,
            ),
            Self::XChaCha20Poly1305 => seal(
                &XChaCha20Poly1305::new(key.expose_key().into()),
                nonce,
                associated,
                buffer,
            ),
        }
    }

    /// Decrypts `buffer`, which holds ciphertext and tag, in place and cuts
    /// the tag off. On refusal the buffer is wiped and empty.
    pub(crate) fn open_in_place(
        self,
        key: &DerivedKey,
        nonce: &[u8],
        associated: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), Refused> {
        let opened = match self {
            Self::Aes256Gcm => open(
                &Aes256Gcm::new(key.expose_key().into()),
                nonce,
                associated,
                buffer,
            ),
            Self::XChaCha20Poly1305 => open(
                &XChaCha20Poly1305::new(key.expose_key().into()),
                nonce,
                associated,
                buffer,
            ),
        };
        if opened.is_err() {
            buffer.zeroize();
        }
        opened
    }
}

fn seal<C: AeadInOut>(
    cipher: &C,
    nonce: &[u8],
    associated: &[u8],
    buffer: &mut [u8],
) -> Result<[u8; TAG_LEN], Refused> {
    let nonce = <&Nonce<C>>::try_from(nonce).map_err(|_| Refused)?;
    let tag = cipher
        .encrypt_inout_detached(nonce, associated, buffer.into())
        .map_err(|_| Refused)?;
    tag.as_slice().try_into().map_err(|_| Refused)
}

fn open<C: AeadInOut>(
    cipher: &C,
    nonce: &[u8],
    associated: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), Refused> {
    let nonce = <&Nonce<C>>::try_from(nonce).map_err(|_| Refused)?;
    let len = buffer.len().checked_sub(TAG_LEN).ok_or(Refused)?;
    let (body, tag) = buffer.split_at_mut(len);
    let tag = <&Tag<C>>::try_from(&*tag).map_err(|_| Refused)?;
    cipher
        .decrypt_inout_detached(nonce, associated, body.into(), tag)
        .map_err(|_| Refused)?;
    buffer.truncate(len);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::common::rng;
    use crate::key::{EpochKeys, Kek};
    use vault_types::{Epoch, ObjectType, VaultId};

    const TEXT: &[u8] = b"a canary that must not be left behind";

    fn keys() -> EpochKeys {
        EpochKeys::derive(&Kek::generate(Epoch(1), &mut rng(1)).unwrap(), VaultId::NIL)
    }

    fn sealed(aead: Aead, nonce: &[u8]) -> Vec<u8> {
        let mut buffer = TEXT.to_vec();
        let tag = aead.seal_in_place(keys().subkey(ObjectType::Op), nonce, b"aad", &mut buffer);
        buffer.extend_from_slice(&tag.unwrap());
        buffer
    }

    #[test]
    fn a_failed_open_leaves_no_plaintext_in_the_buffer() {
        for aead in [Aead::Aes256Gcm, Aead::XChaCha20Poly1305] {
            let nonce = vec![7; aead.nonce_len()];
            let sealed = sealed(aead, &nonce);
            for bit in 0..sealed.len() * 8 {
                let mut buffer = sealed.clone();
                buffer[bit / 8] ^= 1 << (bit % 8);
                let keys = keys();
                let subkey = keys.subkey(ObjectType::Op);
                let opened = aead.open_in_place(subkey, &nonce, b"aad", &mut buffer);
                assert_eq!(opened, Err(Refused));
                assert!(buffer.is_empty());
            }
        }
    }

    #[test]
    fn the_ciphers_themselves_verify_before_they_decrypt() {
        // Without the wipe around them: the buffer stays ciphertext.
        let keys = keys();
        let key = keys.subkey(ObjectType::Op).expose_key();
        let nonce = [7; 12];
        let mut buffer = sealed(Aead::Aes256Gcm, &nonce);
        buffer[0] ^= 1;
        let before = buffer.clone();
        assert!(open(&Aes256Gcm::new(key.into()), &nonce, b"aad", &mut buffer).is_err());
        assert_eq!(buffer, before);

        let nonce = [7; 24];
        let mut buffer = sealed(Aead::XChaCha20Poly1305, &nonce);
        buffer[0] ^= 1;
        let before = buffer.clone();
        let cipher = XChaCha20Poly1305::new(key.into());
        assert!(open(&cipher, &nonce, b"aad", &mut buffer).is_err());
        assert_eq!(buffer, before);
    }

    #[test]
    fn a_nonce_of_another_length_is_refused() {
        let keys = keys();
        let key = keys.subkey(ObjectType::Op);
        for aead in [Aead::Aes256Gcm, Aead::XChaCha20Poly1305] {
            for len in (0..40).filter(|len| *len != aead.nonce_len()) {
                assert!(
                    aead.seal_in_place(key, &vec![0; len], b"", &mut [])
                        .is_err()
                );
            }
        }
    }
}
