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
