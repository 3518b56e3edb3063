//! The lock state of a vault, as types: what needs a key is a method of
//! [`UnlockedVault`] alone.

use crate::error::{SealError, UnlockError};
use crate::key::{EpochKeys, Kek};
use crate::keyring::Keyring;
use crate::label::Label;
use crate::policy::Policy;
use crate::slot::{SlotContext, SlotType, WrappedKek};
use crate::slot_edit::HeldKek;
use crate::slot_key::SlotKey;
use crate::slot_list::SlotList;
use crate::stretch::{KdfRequest, StretchedKey};
use core::fmt;
use rand_core::CryptoRng;
use vault_types::{
    AccountId, CredentialId, Epoch, Generation, PolicyVersion, RecordId, VaultId, normal,
};

/// Which vault, of whom. Part of everything that is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultIdentity {
    /// The account that owns it.
    pub account_id: AccountId,
    /// The vault.
    pub vault_id: VaultId,
}

/// How a new slot is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSlot<'a> {
    /// Its id, random.
    pub credential_id: CredentialId,
    /// A name for its owner; the server can read it. May be empty.
    pub label: &'a str,
}

/// Makes a vault: a fresh vault key of epoch 1 in one passphrase slot, and
/// the list to give to the server. `stretched` answers
/// [`KdfRequest::for_new_slot`].
///
/// # Errors
/// [`SealError::LimitExceeded`] if the slot's label is too long;
/// [`SealError::BrokenRandomness`].
pub fn create_vault<R: CryptoRng + ?Sized>(
    identity: VaultIdentity,
    policy: &Policy,
    slot: NewSlot<'_>,
    stretched: StretchedKey,
    rng: &mut R,
) -> Result<(UnlockedVault, SlotList), SealError> {
    let context = SlotContext {
        account_id: identity.account_id,
        vault_id: identity.vault_id,
        credential_id: slot.credential_id,
        policy_version: policy.version,
    };
    let kek = Kek::generate(Epoch(1), rng)?;
    let key = stretched.into();
    let wrapped = WrappedKek::wrap(&kek, context, policy, slot.label, &key, rng)?;
    let keys = EpochKeys::derive(&kek, identity.vault_id);
    let slots = SlotList::seal(&identity, Generation(1), vec![wrapped], Vec::new(), &keys);
    let vault = UnlockedVault {
        locked: LockedVault {
            identity,
            slots: slots.clone(),
        },
        policy: *policy,
        opened_by: slot.credential_id,
        keyring: Keyring::new(keys),
    };
    Ok((vault, slots))
}

/// A vault without its key.
///
/// To unlock: [`Self::kdf_request`], derive what it asks for with
/// [`KdfRequest::stretch`] or on the platform, then [`Self::unlock`]. After an
/// error the vault is as locked as before and may be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedVault {
    identity: VaultIdentity,
    slots: SlotList,
}

impl LockedVault {
    /// Takes the slots that the server gave for this vault. Whether they are
    /// the vault's own shows after [`Self::unlock`] only.
    ///
    /// # Errors
    /// [`UnlockError::SlotsTampered`] if list or slots are of another vault
    /// or account, or two slots bear one id; [`UnlockError::NoSuchSlot`] if
    /// there are none.
    pub fn new(identity: VaultIdentity, slots: SlotList) -> Result<Self, UnlockError> {
        if slots.slots().is_empty() {
            return Err(UnlockError::NoSuchSlot);
        }
        let of_this_vault = slots.identity() == identity
            && slots.slots().iter().all(|slot| {
                let context = slot.context();
                context.account_id == identity.account_id && context.vault_id == identity.vault_id
            });
        let ids: Vec<_> = slots
            .slots()
            .iter()
            .map(|slot| slot.context().credential_id)
            .collect();
        let is_twice = |at: usize| ids[..at].contains(&ids[at]);
        if !of_this_vault || (0..ids.len()).any(is_twice) {
            return Err(UnlockError::SlotsTampered);
        }
        Ok(Self { identity, slots })
    }

    /// Which vault.
    #[must_use]
    pub const fn identity(&self) -> &VaultIdentity {
        &self.identity
    }

    /// Its slots.
    #[must_use]
    pub const fn slots(&self) -> &SlotList {
        &self.slots
    }

    /// What to derive for the first passphrase slot. The slot's parameters
    /// have passed the client's own check.
    ///
    /// # Errors
    /// [`UnlockError::NoSuchSlot`], [`UnlockError::KdfRefused`].
    pub fn kdf_request(&self) -> Result<KdfRequest, UnlockError> {
        self.request_of(|slot| slot.slot_type() == SlotType::Passphrase)
    }

    /// What to derive for that slot.
    ///
    /// # Errors
    /// As [`Self::kdf_request`].
    pub fn kdf_request_for(&self, credential_id: CredentialId) -> Result<KdfRequest, UnlockError> {
        self.request_of(|slot| slot.context().credential_id == credential_id)
    }

    fn request_of(&self, wanted: impl Fn(&WrappedKek) -> bool) -> Result<KdfRequest, UnlockError> {
        let slot = self.slots.slots().iter().find(|slot| wanted(slot));
        slot.ok_or(UnlockError::NoSuchSlot)?.kdf_request()
    }

    /// Unwraps the vault key with the slot that the stretched key was derived
    /// for, or that the recovery code or device secret opens, then holds the
    /// whole list against the seal of that vault key.
    ///
    /// # Errors
    /// [`UnlockError::CannotUnlock`] for a wrong passphrase as for a changed
    /// slot; [`UnlockError::SlotsTampered`] if a slot opened and the list
    /// around it is not the vault's own; [`UnlockError::NewerVersion`];
    /// [`UnlockError::NoSuchSlot`] if the key answers no slot of this list.
    pub fn unlock(&self, key: impl Into<SlotKey>) -> Result<UnlockedVault, UnlockError> {
        let (kek, opened_by) = self.unwrap(&key.into())?;
        self.open(&kek, opened_by)
    }

    /// As [`Self::unlock`], and keeps hold of the vault key, for who goes on
    /// to change the slots: after a recovery code was used.
    ///
    /// # Errors
    /// As [`Self::unlock`].
    pub fn unlock_and_hold(
        &self,
        key: impl Into<SlotKey>,
    ) -> Result<(UnlockedVault, HeldKek), UnlockError> {
        let (kek, opened_by) = self.unwrap(&key.into())?;
        let vault = self.open(&kek, opened_by)?;
        Ok((vault, HeldKek::new(self.identity, kek)))
    }

    /// The vault key out of the first slot that the key opens.
    pub(crate) fn unwrap(&self, key: &SlotKey) -> Result<(Kek, CredentialId), UnlockError> {
        let mut outcome = Err(UnlockError::NoSuchSlot);
        for slot in self.slots.slots() {
            if outcome.is_err() && slot.answers(key) {
                let kek = slot.unwrap(key);
                outcome = kek.map(|kek| (kek, slot.context().credential_id));
            }
        }
        outcome
    }

    /// The vault under a vault key, if that seals the list.
    pub(crate) fn open(
        &self,
        kek: &Kek,
        opened_by: CredentialId,
    ) -> Result<UnlockedVault, UnlockError> {
        let keys = EpochKeys::derive(kek, self.identity.vault_id);
        if !self.slots.is_sealed_by(&keys) {
            return Err(UnlockError::SlotsTampered);
        }
        let policy = self.slots.newest_policy();
        let policy = Policy::by_version(policy).ok_or(UnlockError::NewerVersion)?;
        let mut keyring = Keyring::new(keys);
        keyring.open_older(self.slots.older_keks(), &self.identity)?;
        Ok(UnlockedVault {
            locked: self.clone(),
            policy,
            opened_by,
            keyring,
        })
    }
}

/// A vault with its keys. Dropping it, or [`Self::lock`], wipes them.
///
/// Everything that it opens has been authenticated with this account, this
/// vault, and the place that it was asked for.
pub struct UnlockedVault {
    locked: LockedVault,
    pub(crate) policy: Policy,
    opened_by: CredentialId,
    pub(crate) keyring: Keyring,
}

impl UnlockedVault {
    /// Wipes the keys. A host that can end the whole process or worker that
    /// held them should do so too.
    #[must_use]
    pub fn lock(self) -> LockedVault {
        self.locked
    }

    /// Which vault.
    #[must_use]
    pub const fn identity(&self) -> &VaultIdentity {
        &self.locked.identity
    }

    /// Its slots.
    #[must_use]
    pub const fn slots(&self) -> &SlotList {
        &self.locked.slots
    }

    /// The vault as it is without its key, to ask what a slot's derivation is.
    #[must_use]
    pub const fn locked(&self) -> &LockedVault {
        &self.locked
    }

    /// The slot that opened it.
    #[must_use]
    pub const fn opened_by(&self) -> CredentialId {
        self.opened_by
    }

    /// Takes a newer list of the same epoch: one made here by [`SlotEdit`]
    /// that the server has taken, or another device's.
    ///
    /// # Errors
    /// [`UnlockError::SlotsRolledBack`]; [`UnlockError::SlotsTampered`] if it
    /// does not carry this epoch's seal, which is so after a rotation too
    /// (see [`SlotList::epoch`]), or if it is another one of the same
    /// generation. The vault keeps the list that it has then.
    ///
    /// [`SlotEdit`]: crate::SlotEdit
    pub fn adopt_slots(&mut self, slots: SlotList) -> Result<(), UnlockError> {
        slots.refuse_older(self.slots().generation())?;
        let locked = LockedVault::new(*self.identity(), slots)?;
        let slots = locked.slots();
        let fork = slots.generation() == self.slots().generation() && slots != self.slots();
        if fork || !slots.is_sealed_by(self.keyring.current()) {
            return Err(UnlockError::SlotsTampered);
        }
        let policy = slots.newest_policy();
        self.policy = Policy::by_version(policy).ok_or(UnlockError::NewerVersion)?;
        self.locked = locked;
        Ok(())
    }

    /// The policy under which new things are sealed.
    #[must_use]
    pub const fn policy_version(&self) -> PolicyVersion {
        self.policy.version
    }

    /// The epoch under which new things are sealed.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.keyring.current().epoch
    }

    /// The record that a file with this path is imported as: the same on each
    /// device of the vault, and nothing to anyone else. `attempt` gives
    /// further ids for a path whose record is taken. Paths are compared in
    /// Unicode form NFC, since file systems differ there.
    #[must_use]
    pub fn import_record_id(&self, path: &str, attempt: u32) -> RecordId {
        let mut writer = Label::ImportId.writer();
        let mut composed = String::with_capacity(path.len());
        normal::nfc(path, |c| composed.push(c));
        writer.text(&composed).u32(attempt);
        // The oldest epoch's key, so that a rotation leaves the ids alone.
        let keys = self.keyring.oldest();
        RecordId::from_random(keys.import_id(&writer.finish()))
    }

    /// A short keyed hash, to see whether a file still is what was imported.
    /// Equal bytes give equal marks on each device of the vault.
    #[must_use]
    pub fn content_mark(&self, bytes: &[u8]) -> u64 {
        let mut writer = Label::ContentMark.writer();
        writer.raw(bytes);
        self.keyring.oldest().content_mark(&writer.finish())
    }
}

impl fmt::Debug for UnlockedVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnlockedVault(..)")
    }
}
