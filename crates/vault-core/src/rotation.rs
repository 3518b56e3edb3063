//! Rotating the vault key: a fresh one for the next epoch, which seals the
//! one before, in slots that are made anew. Every earlier slot is dead: it
//! opens an older key, which seals no list that a device takes.

use crate::error::SlotError;
use crate::key::{EpochKeys, Kek};
use crate::keyring::OlderKek;
use crate::policy::Policy;
use crate::slot_edit::{HeldKek, next_generation, person_can_open, push, wrap_next};
use crate::slot_key::SlotKey;
use crate::slot_list::SlotList;
use crate::vault::{LockedVault, NewSlot, UnlockedVault};
use rand_core::CryptoRng;
use vault_types::limits;

impl UnlockedVault {
    /// Makes the vault of the next epoch, with these slots and no others, and
    /// its list. This vault stays as it is until the server has taken the
    /// list; then the new one replaces it. Everything sealed before opens with
    /// the new one as well.
    ///
    /// # Errors
    /// [`SlotError::ForeignKey`], [`SlotError::LastSlot`],
    /// [`SlotError::RepeatedSlot`], [`SlotError::TooManySlots`],
    /// [`SlotError::TooManyEpochs`], [`SlotError::Seal`].
    pub fn rotate<R: CryptoRng + ?Sized>(
        &self,
        held: &HeldKek,
        policy: &Policy,
        slots: &[(NewSlot<'_>, SlotKey)],
        rng: &mut R,
    ) -> Result<(Self, SlotList), SlotError> {
        let older = self.slots().older_keks();
        let epoch = self.epoch().next();
        if older.len() >= limits::OLDER_KEKS_MAX || epoch == self.epoch() {
            return Err(SlotError::TooManyEpochs);
        }
        if !held.fits(self) {
            return Err(SlotError::ForeignKey);
        }
        let identity = self.identity();
        let kek = Kek::generate(epoch, rng)?;
        let mut wrapped = Vec::with_capacity(slots.len());
        for (slot, key) in slots {
            let slot = wrap_next(&kek, identity, policy, *slot, key, rng)?;
            push(&mut wrapped, slot)?;
        }
        person_can_open(&wrapped, &[])?;
        let opened_by = wrapped[0].context().credential_id;

        let keys = EpochKeys::derive(&kek, identity.vault_id);
        let mut keyring = vec![OlderKek::seal(&held.kek, &keys, policy, identity, rng)?];
        keyring.extend_from_slice(older);
        let generation = next_generation(self.slots())?;
        let list = SlotList::seal(identity, generation, wrapped, keyring, &keys);
        // Opened as any other device will, before anyone gets to see it.
        let vault = LockedVault::new(*identity, list.clone())?.open(&kek, opened_by)?;
        Ok((vault, list))
    }
}
