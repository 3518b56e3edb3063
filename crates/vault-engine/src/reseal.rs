//! Sealing anew: after the vault key was rotated or the policy was raised, and
//! where the server's history lost it (`rejoin.rs`), a record's standing
//! revision is sealed again, a slice at a time, as an operation that says the
//! same.
//!
//! What is left to do is read from the catalogue, so that there is nothing to
//! remember: a kill, a lock, or days offline cost at most the slice under way.
//! A slice is written at the end of a round that left nothing unsent, and the
//! next one waits until the server has it. Two devices that do this at once
//! begin at different places, and what both have sealed is told apart from an
//! edit by its stamp (`apply.rs`).

use crate::catalogue::{Entry, Sealed};
use crate::command::{Notice, Progress};
use crate::context::Context;
use crate::engine::{Engine, Life};
use crate::job::{Job, Outcome};
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::stage::Staged;
use crate::write::Writing;
use rand_core::CryptoRng;
use sync_core::Outbox;
use vault_core::OpBody;
use vault_types::{Code, DeviceId, Op, RecordId, Set, limits};

/// How far the sealing anew has come since this vault was opened.
#[derive(Default)]
pub(crate) struct Reseal {
    done: u32,
    left: u32,
    /// Records that do not open here: they are not tried for ever.
    closed: Set<RecordId>,
}

impl Reseal {
    /// For the application; `None` if there is nothing to do.
    pub(crate) fn progress(&self) -> Option<Progress> {
        (self.left > 0).then(|| Progress {
            done: self.done,
            total: self.done + self.left,
        })
    }
}

/// What new operations are sealed under.
pub(crate) fn current(open: &OpenVault) -> Sealed {
    Sealed {
        policy: open.vault.policy_version(),
        epoch: open.vault.epoch(),
    }
}

fn is_due(open: &OpenVault, entry: &Entry) -> bool {
    (entry.adrift || entry.sealed.is_behind(current(open)))
        && !open.reseal.closed.contains(&entry.id)
}

/// Counts what is left to do.
pub(crate) fn count(open: &mut OpenVault) {
    let due = open.catalogue.entries().filter(|entry| is_due(open, entry));
    open.reseal.left = due.count() as u32;
}

/// The next slice: from a place of this device's own on, so that several
/// devices share the work. What is still on its way to the server waits.
pub(crate) fn slice(
    open: &OpenVault,
    outbox: &Outbox<Location>,
    device_id: DeviceId,
) -> Vec<Entry> {
    let all = open.catalogue.len();
    let start = usize::from(device_id.as_bytes()[15]) * all / 256;
    let entries = open.catalogue.entries();
    let ahead = entries.clone().skip(start).chain(entries.take(start));
    let mut bytes = 0;
    ahead
        .filter(|entry| is_due(open, entry) && outbox.newest(entry.id).is_none())
        .take(limits::RESEAL_SLICE_OPS_MAX)
        .take_while(|entry| {
            let room = bytes < limits::RESEAL_SLICE_BYTES_MAX;
            bytes += entry.at.len as usize;
            room
        })
        .cloned()
        .collect()
}

impl<R: CryptoRng> Writing<'_, R> {
    /// Stages a slice.
    pub(crate) fn reseal(mut self) -> Result<Staged, Code> {
        let mut done = 0;
        let closed = self.open.reseal.closed.len();
        for entry in slice(self.open, self.outbox, self.author.device_id) {
            match self.open_whole(&entry) {
                Ok(body) => {
                    let base = Some(entry.op_id);
                    let (header, at) = self.seal_as_of(entry.stamp, entry.id, base, &body)?;
                    self.replace(Vec::new(), entry.resealed(&header, at));
                    done += 1;
                }
                Err(_) => {
                    self.open.reseal.closed.insert(entry.id);
                }
            }
        }
        // A slice of nothing but what does not open has no round to wait for.
        let more = done == 0 && self.open.reseal.closed.len() > closed;
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Resealed { done, more },
        })
    }

    /// The revision that stands, a tombstone too.
    pub(crate) fn open_whole(&mut self, entry: &Entry) -> Result<OpBody, Code> {
        let bytes = self.open.packs.bytes(entry.at).ok_or(Code::Corrupt)?;
        let op = Op::parse(bytes).map_err(|_| Code::Corrupt)?;
        let opened = self.open.vault.open_op(&op);
        opened.map_err(|error| error.code())
    }
}

impl Engine {
    /// Has the next slice written if one is due. Called when a round has left
    /// nothing unsent.
    pub(crate) fn reseal_if_due(&mut self) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let waits = open.jobs.iter().any(|job| matches!(job, Job::Reseal));
        if open.reseal.left > 0 && !waits {
            open.jobs.push_back(Job::Reseal);
        }
    }

    /// A slice is on the disk: tell, and send it.
    pub(crate) fn resealed<R: CryptoRng>(
        &mut self,
        (done, more): (u32, bool),
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        open.reseal.done += done;
        count(open);
        let total = open.reseal.done + open.reseal.left;
        if done > 0 {
            let done = open.reseal.done;
            cx.notify(Notice::Reseal { done, total });
            self.sync.send_soon(cx.now_ms);
        } else if more {
            self.reseal_if_due();
        }
    }
}
