//! Which key slots count: the newest list that carried the vault's own seal.
//! An older one is refused wherever it turns up, since it may hold a slot
//! that somebody has ended since.

use crate::answer;
use crate::command::{Notice, RecoveryView};
use crate::context::Context;
use crate::device::Device;
use crate::effect::{Change, Method, Response, Unreachable};
use crate::engine::{Engine, Life};
use crate::lock_note::LockNote;
use crate::open_vault::OpenVault;
use crate::recovery;
use crate::reseal;
use crate::sync::Peer;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{PollResponse, SlotList as SlotListMessage};
use vault_core::{LockedVault, SlotList};
use vault_types::{Code, Generation, LockReason, LockTier};

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

/// What a newer list led to.
enum Taken {
    /// It counts from now on.
    Adopted,
    /// The vault locks, and opens with it.
    Locks,
}

/// The recovery codes of an open vault, for the application.
pub(crate) fn recovery_view(open: &OpenVault) -> Option<RecoveryView> {
    let left = recovery::left(open.vault.slots());
    (left > 0 || open.code_used.is_some()).then(|| RecoveryView {
        left,
        used_ms: open.code_used.map(|(ms, _)| ms as f64),
        used_by: open
            .code_used
            .and_then(|(_, device)| Some(device?.to_string())),
    })
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

    /// Fetches the newer list before anything else of the round: what other
    /// devices have sealed under a newer key can be read with it alone.
    pub(crate) fn fetch_slots<R: CryptoRng>(
        &mut self,
        poll: PollResponse,
        cx: &mut Context<'_, R>,
    ) {
        let poll = Box::new(poll);
        let (method, path) = (Method::Get, endpoint::SLOTS);
        let wait = Wait::SlotsOfRound { poll };
        cx.send(&mut self.waiting, method, path, Vec::new(), wait);
    }

    /// Takes a newer list of this epoch over, or locks for one of a newer.
    pub(crate) fn slots_of_round<R: CryptoRng>(
        &mut self,
        poll: &PollResponse,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(peer) = self.peer() else { return };
        let message = answer::read::<SlotListMessage>(result);
        let next = message.and_then(|message| {
            let json = message.slot_list.into_vec();
            match self.take_newer(&json, cx)? {
                Taken::Adopted => self.follow_poll(poll, peer, cx),
                Taken::Locks => Ok(()),
            }
        });
        self.end_round_on_error(next, cx);
    }

    fn take_newer<R: CryptoRng>(
        &mut self,
        json: &[u8],
        cx: &mut Context<'_, R>,
    ) -> Result<Taken, Code> {
        let Life::Open(open) = &mut self.life else {
            return Err(Code::Locked);
        };
        let slots = SlotList::parse_json(json).map_err(|error| error.code())?;
        let identity = *open.vault.identity();
        let locked = LockedVault::new(identity, slots).map_err(|error| error.code())?;
        let slots = locked.slots().clone();
        if slots.generation() <= self.device.generation_of(identity.vault_id) {
            // It was announced as newer.
            return Err(Code::SlotsRolledBack);
        }
        if slots.epoch() <= open.vault.epoch() {
            let adopted = open.vault.adopt_slots(slots.clone());
            adopted.map_err(|error| error.code())?;
            reseal::count(open);
            let changes = self.device.take_slots(json.to_vec(), &slots);
            cx.write(
                &mut self.waiting,
                changes,
                Wait::SessionWritten { request: None },
            );
            self.tell_state(cx);
            return Ok(Taken::Adopted);
        }
        if self.rejected.as_deref() == Some(json) {
            return Err(Code::KeyRotated);
        }
        // Whether it is the vault's own shows with the passphrase alone, so
        // that the list that opens today is kept beside it.
        self.device.slots_new = Some(json.to_vec());
        let changes = vec![Device::put_new_slots(json)];
        cx.write(&mut self.waiting, changes, Wait::NewSlotsWritten);
        Ok(Taken::Locks)
    }

    /// The vault has a key that is still to be unlocked. What was written
    /// here is kept, and is sent once it is.
    pub(crate) fn lock_for_new_key<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        self.sync
            .finish(Err(Code::KeyRotated), &mut self.outbox, cx);
        let note = LockNote::own(LockReason::KeyRotated, LockTier::Device, cx.now_ms);
        self.begin_lock(note, cx);
    }

    /// Refuses to go on with a server that holds another vault.
    ///
    /// # Errors
    /// [`Code::VaultReset`].
    pub(crate) fn refuse_reset(&self, poll: &PollResponse, peer: Peer) -> Result<(), Code> {
        if poll.vault_id == peer.vault_id {
            Ok(())
        } else {
            Err(Code::VaultReset)
        }
    }

    /// Takes note of a recovery code that was used, wherever.
    pub(crate) fn note_code_use<R: CryptoRng>(
        &mut self,
        poll: &PollResponse,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let used = poll.recovery_used_ms.map(|ms| (ms, poll.recovery_used_by));
        if used.is_none() || used == open.code_used {
            return;
        }
        open.code_used = used;
        if let Some((used_ms, used_by)) = used {
            cx.notify(Notice::RecoveryUsed {
                used_ms: used_ms as f64,
                used_by: used_by.map(|id| id.to_string()),
            });
        }
        self.tell_state(cx);
    }
}
