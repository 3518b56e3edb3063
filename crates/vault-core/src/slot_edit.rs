//! Changing the key slots of an open vault.
//!
//! Nothing changes in place: an edit ends in a new list, one generation on,
//! which counts once the server has taken it in the place of the list that
//! it was made from.

use crate::error::{SlotError, UnlockError};
use crate::key::Kek;
use crate::policy::Policy;
use crate::slot::{SlotContext, SlotType, WrappedKek};
use crate::slot_key::SlotKey;
use crate::slot_list::SlotList;
use crate::vault::{NewSlot, UnlockedVault, VaultIdentity};
use core::fmt;
use rand_core::CryptoRng;
use vault_types::{CredentialId, Generation, limits};

/// The vault key itself, in hand: proof that a secret that opens one of the
/// vault's slots was given just now. An open vault keeps subkeys alone, so
/// that who finds it open adds no way in for later.
///
/// [`UnlockedVault::hold`] and [`crate::LockedVault::unlock_and_hold`] make
/// one. Dropping it wipes the key.
pub struct HeldKek {
    identity: VaultIdentity,
    pub(crate) kek: Kek,
}

impl HeldKek {
    pub(crate) const fn new(identity: VaultIdentity, kek: Kek) -> Self {
        Self { identity, kek }
    }

    /// Whether it is the current vault key of that vault.
    pub(crate) fn fits(&self, vault: &UnlockedVault) -> bool {
        self.identity == *vault.identity() && self.kek.epoch == vault.epoch()
    }
}

impl fmt::Debug for HeldKek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldKek(..)")
    }
}

/// A list of slots in the making.
#[derive(Debug)]
pub struct SlotEdit<'a> {
    vault: &'a UnlockedVault,
    slots: Vec<WrappedKek>,
    unusable: Vec<CredentialId>,
}

impl UnlockedVault {
    /// Unwraps the vault key once more, with a secret that was asked for anew.
    ///
    /// # Errors
    /// As [`crate::LockedVault::unlock`].
    pub fn hold(&self, key: impl Into<SlotKey>) -> Result<HeldKek, UnlockError> {
        let (kek, _) = self.locked().unwrap(&key.into())?;
        Ok(HeldKek::new(*self.identity(), kek))
    }

    /// Starts from the slots that the vault has.
    #[must_use]
    pub fn edit_slots(&self) -> SlotEdit<'_> {
        SlotEdit {
            vault: self,
            slots: self.slots().slots().to_vec(),
            unusable: Vec::new(),
        }
    }
}

impl SlotEdit<'_> {
    /// Adds a slot. The cipher is that of `policy`; what stretched the
    /// passphrase stands in the key.
    ///
    /// # Errors
    /// [`SlotError::ForeignKey`], [`SlotError::RepeatedSlot`],
    /// [`SlotError::TooManySlots`], [`SlotError::Seal`].
    pub fn add<R: CryptoRng + ?Sized>(
        &mut self,
        held: &HeldKek,
        policy: &Policy,
        slot: NewSlot<'_>,
        key: &SlotKey,
        rng: &mut R,
    ) -> Result<(), SlotError> {
        if !held.fits(self.vault) {
            return Err(SlotError::ForeignKey);
        }
        let wrapped = wrap_next(&held.kek, self.vault.identity(), policy, slot, key, rng)?;
        push(&mut self.slots, wrapped)
    }

    /// Removes a slot. In its place another can be added before the end.
    ///
    /// # Errors
    /// [`SlotError::UnknownSlot`].
    pub fn remove(&mut self, credential_id: CredentialId) -> Result<(), SlotError> {
        let is_it = |slot: &WrappedKek| slot.context().credential_id == credential_id;
        let at = self.slots.iter().position(is_it);
        let at = at.ok_or(SlotError::UnknownSlot { credential_id })?;
        self.slots.remove(at);
        Ok(())
    }

    /// Removes every slot of a type: the passphrase that is being changed, a
    /// whole set of recovery codes.
    pub fn remove_all(&mut self, slot_type: SlotType) {
        self.slots.retain(|slot| slot.slot_type() != slot_type);
    }

    /// Says that the server takes these recovery codes no more, so that they
    /// do not count as ways to open the vault.
    pub fn count_out(&mut self, used: &[CredentialId]) {
        self.unusable.extend_from_slice(used);
    }

    /// The new list.
    ///
    /// # Errors
    /// [`SlotError::LastSlot`] if no slot would be left that a person can
    /// open.
    pub fn finish(self) -> Result<SlotList, SlotError> {
        person_can_open(&self.slots, &self.unusable)?;
        let list = self.vault.slots();
        Ok(SlotList::seal(
            self.vault.identity(),
            next_generation(list)?,
            self.slots,
            list.older_keks().to_vec(),
            self.vault.keyring.current(),
        ))
    }
}

/// The generation after the list's. The last one has none after it: it would
/// be refused as a fork.
pub(crate) fn next_generation(list: &SlotList) -> Result<Generation, SlotError> {
    let next = list.generation().next();
    if next == list.generation() {
        return Err(SlotError::TooManyEpochs);
    }
    Ok(next)
}

pub(crate) fn wrap_next<R: CryptoRng + ?Sized>(
    kek: &Kek,
    identity: &VaultIdentity,
    policy: &Policy,
    slot: NewSlot<'_>,
    key: &SlotKey,
    rng: &mut R,
) -> Result<WrappedKek, SlotError> {
    let context = SlotContext {
        account_id: identity.account_id,
        vault_id: identity.vault_id,
        credential_id: slot.credential_id,
        policy_version: policy.version,
    };
    Ok(WrappedKek::wrap(
        kek, context, policy, slot.label, key, rng,
    )?)
}

pub(crate) fn push(slots: &mut Vec<WrappedKek>, wrapped: WrappedKek) -> Result<(), SlotError> {
    let credential_id = wrapped.context().credential_id;
    let is_it = |slot: &WrappedKek| slot.context().credential_id == credential_id;
    if slots.iter().any(is_it) {
        return Err(SlotError::RepeatedSlot { credential_id });
    }
    if slots.len() >= limits::SLOTS_MAX {
        return Err(SlotError::TooManySlots);
    }
    slots.push(wrapped);
    Ok(())
}

/// Refuses slots that lock their owner out.
pub(crate) fn person_can_open(
    slots: &[WrappedKek],
    unusable: &[CredentialId],
) -> Result<(), SlotError> {
    let usable = |slot: &WrappedKek| match slot.slot_type() {
        SlotType::Passphrase => true,
        SlotType::Recovery => !unusable.contains(&slot.context().credential_id),
        SlotType::Device => false,
    };
    if slots.iter().any(usable) {
        Ok(())
    } else {
        Err(SlotError::LastSlot)
    }
}
