//! The vault keys of all epochs. Each epoch's key seals the one before, so
//! that the key in a slot opens everything ever sealed.

use crate::aead::TAG_LEN;
use crate::error::{SealError, UnlockError};
use crate::key::{EpochKeys, Kek};
use crate::label::Label;
use crate::policy::Policy;
use crate::slot::{CIPHER_LEN, NONCE_LEN_MAX};
use crate::vault::VaultIdentity;
use crate::wire::{FixedBytes, bounded_bytes};
use core::fmt;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use vault_types::{Epoch, OpaqueBytes, PolicyVersion, Writer, fields};
use zeroize::Zeroizing;

/// The vault key of one epoch, sealed by that of the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OlderKek {
    epoch: Epoch,
    policy_version: PolicyVersion,
    #[serde(deserialize_with = "bounded_bytes::<_, NONCE_LEN_MAX>")]
    nonce: OpaqueBytes,
    cipher: FixedBytes<CIPHER_LEN>,
}

fields!(strict OlderKek { epoch, policy_version, nonce: at_most(NONCE_LEN_MAX), cipher });

impl OlderKek {
    fn associated_data(&self, identity: &VaultIdentity) -> Vec<u8> {
        let mut writer = Label::Keyring.writer();
        writer
            .raw(identity.account_id.as_bytes())
            .raw(identity.vault_id.as_bytes())
            .u16(self.policy_version.0)
            .u32(self.epoch.0);
        writer.finish()
    }

    /// Seals the vault key of an epoch with the keys of the next.
    pub(crate) fn seal<R: CryptoRng + ?Sized>(
        older: &Kek,
        newer: &EpochKeys,
        policy: &Policy,
        identity: &VaultIdentity,
        rng: &mut R,
    ) -> Result<Self, SealError> {
        let mut nonce = vec![0; policy.aead.nonce_len()];
        rng.fill_bytes(&mut nonce);
        let mut sealed = Self {
            epoch: older.epoch,
            policy_version: policy.version,
            nonce: OpaqueBytes::new(nonce),
            cipher: FixedBytes([0; CIPHER_LEN]),
        };
        let associated = sealed.associated_data(identity);
        let (body, tag) = sealed.cipher.0.split_at_mut(Kek::LEN);
        body.copy_from_slice(older.expose_key());
        let nonce = sealed.nonce.as_slice();
        let made = policy
            .aead
            .seal_in_place(&newer.keyring, nonce, &associated, body)
            .map_err(|_| SealError::Cipher)?;
        tag.copy_from_slice(&made);
        Ok(sealed)
    }

    fn open(&self, newer: &EpochKeys, identity: &VaultIdentity) -> Result<Kek, UnlockError> {
        const { assert!(CIPHER_LEN == Kek::LEN + TAG_LEN) };
        let policy = Policy::by_version(self.policy_version).ok_or(UnlockError::NewerVersion)?;
        if self.epoch.next() != newer.epoch {
            return Err(UnlockError::SlotsTampered);
        }
        let mut buffer = Zeroizing::new(self.cipher.0.to_vec());
        policy
            .aead
            .open_in_place(
                &newer.keyring,
                self.nonce.as_slice(),
                &self.associated_data(identity),
                &mut buffer,
            )
            .map_err(|_| UnlockError::SlotsTampered)?;
        Kek::from_unwrapped(self.epoch, &buffer).ok_or(UnlockError::SlotsTampered)
    }

    /// The canonical bytes, for the slot list's seal.
    pub(crate) fn write(&self, writer: &mut Writer) {
        writer
            .u32(self.epoch.0)
            .u16(self.policy_version.0)
            .bytes(self.nonce.as_slice())
            .raw(&self.cipher.0);
    }
}

/// The keys of every epoch that a device holds, newest first. Never empty.
pub(crate) struct Keyring {
    current: Box<EpochKeys>,
    older: Vec<EpochKeys>,
}

impl Keyring {
    pub(crate) fn new(current: EpochKeys) -> Self {
        Self {
            current: Box::new(current),
            older: Vec::new(),
        }
    }

    /// Opens the older keys, each with the one after it; the first of
    /// `sealed` is the one right before the current epoch.
    pub(crate) fn open_older(
        &mut self,
        sealed: &[OlderKek],
        identity: &VaultIdentity,
    ) -> Result<(), UnlockError> {
        self.older.reserve_exact(sealed.len());
        for older in sealed {
            let newer = self.older.last().unwrap_or(&self.current);
            let kek = older.open(newer, identity)?;
            self.older.push(EpochKeys::derive(&kek, identity.vault_id));
        }
        Ok(())
    }

    /// The keys under which new things are sealed.
    pub(crate) fn current(&self) -> &EpochKeys {
        &self.current
    }

    /// The keys of the oldest epoch, which never change as the vault lives.
    pub(crate) fn oldest(&self) -> &EpochKeys {
        self.older.last().unwrap_or(&self.current)
    }

    /// The keys of that epoch, if this device holds them.
    pub(crate) fn epoch(&self, epoch: Epoch) -> Option<&EpochKeys> {
        core::iter::once(&*self.current)
            .chain(&self.older)
            .find(|keys| keys.epoch == epoch)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring(epoch {}, ..)", self.current.epoch)
    }
}

#[cfg(test)]
pub(crate) mod tests;
