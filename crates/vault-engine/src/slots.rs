//! Which key slots count: the newest list that carried the vault's own seal.
//! An older one is refused wherever it turns up, since it may hold a slot
//! that somebody has ended since.

use crate::device::Device;
use crate::effect::Change;
use crate::engine::Engine;
use sync_core::message::PollResponse;
use vault_core::SlotList;
use vault_types::{Code, Generation};

impl Device {
    /// Takes over a list that was verified, and gives the changes that
    /// remember it.
    pub(crate) fn take_slots(&mut self, json: Vec<u8>, slots: &SlotList) -> Vec<Change> {
        let vault_id = slots.identity().vault_id;
        let changes = Self::keep_slots(&json, vault_id, slots.generation());
        self.slots = Some(json);
        self.slots_new = None;
        self.generation = Some((vault_id, slots.generation()));
        changes
    }

    /// Refuses a list that is older than one that was verified here.
    ///
    /// # Errors
    /// [`Code::SlotsRolledBack`].
    pub(crate) fn refuse_older(&self, slots: &SlotList) -> Result<(), Code> {
        let known = self.generation_of(slots.identity().vault_id);
        if slots.generation() < known {
            return Err(Code::SlotsRolledBack);
        }
        Ok(())
    }
}

/// Whether the server's key slots are those of this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slots {
    /// They are.
    Known,
    /// There are newer ones.
    Newer,
}

impl Engine {
    /// Holds the generation that the server announces against what was
    /// verified here.
    ///
    /// # Errors
    /// [`Code::SlotsRolledBack`].
    pub(crate) fn compare_slots(&self, poll: &PollResponse) -> Result<Slots, Code> {
        let identity = self.identity().ok_or(Code::Stopped)?;
        let known: Generation = self.device.generation_of(identity.vault_id);
        if poll.slots_generation < known {
            return Err(Code::SlotsRolledBack);
        }
        Ok(if poll.slots_generation > known {
            Slots::Newer
        } else {
            Slots::Known
        })
    }
}
