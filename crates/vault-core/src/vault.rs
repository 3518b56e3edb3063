//! The lock state of a vault, as types: what needs a key is a method of
//! [`UnlockedVault`] alone.

use crate::error::{SealError, UnlockError};
use crate::key::{EpochKeys, Kek};
use crate::keyring::Keyring;
use crate::label::Label;
use crate::policy::Policy;
use crate::slot::{SlotContext, SlotType, WrappedKek};
use crate::slot_list::SlotList;
use crate::stretch::{KdfRequest, StretchedKey};
use core::fmt;
use rand_core::CryptoRng;
use unicode_normalization::UnicodeNormalization;
use vault_types::{AccountId, CredentialId, Epoch, Generation, PolicyVersion, RecordId, VaultId};

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
/// [`SealError::LimitExceeded`] if the slot's label is too long.
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
    let kek = Kek::generate(Epoch(1), rng);
    let wrapped = WrappedKek::wrap(&kek, context, policy, slot.label, &stretched, rng)?;
    let keys = EpochKeys::derive(kek, identity.vault_id);
    let slots = SlotList::seal(&identity, Generation(1), vec![wrapped], Vec::new(), &keys);
    let vault = UnlockedVault {
        locked: LockedVault {
            identity,
            slots: slots.clone(),
        },
        policy: *policy,
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
        let mut ids: Vec<_> = slots
            .slots()
            .iter()
            .map(|slot| slot.context().credential_id)
            .collect();
        ids.sort_unstable();
        if !of_this_vault || ids.windows(2).any(|pair| pair[0] == pair[1]) {
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
    /// for, then holds the whole list against the seal of that vault key.
    ///
    /// # Errors
    /// [`UnlockError::CannotUnlock`] for a wrong passphrase as for a changed
    /// slot; [`UnlockError::SlotsTampered`] if a slot opened and the list
    /// around it is not the vault's own; [`UnlockError::NewerVersion`];
    /// [`UnlockError::NoSuchSlot`] if the key answers no slot of this list.
    #[allow(clippy::needless_pass_by_value, reason = "a stage consumes the last")]
    pub fn unlock(&self, stretched: StretchedKey) -> Result<UnlockedVault, UnlockError> {
        let mut outcome = Err(UnlockError::NoSuchSlot);
        for slot in self.slots.slots() {
            if outcome.is_err() && slot.answers(stretched.request()) {
                outcome = slot
                    .unwrap(&stretched)
                    .and_then(|kek| Ok((kek, slot.policy()?)));
            }
        }
        let (kek, policy) = outcome?;
        let keys = EpochKeys::derive(kek, self.identity.vault_id);
        if !self.slots.is_sealed_by(&keys) {
            return Err(UnlockError::SlotsTampered);
        }
        let mut keyring = Keyring::new(keys);
        keyring.open_older(self.slots.older_keks(), &self.identity)?;
        Ok(UnlockedVault {
            locked: self.clone(),
            policy,
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
        writer.text(&path.nfc().collect::<String>()).u32(attempt);
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
