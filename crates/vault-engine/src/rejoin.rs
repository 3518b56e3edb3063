//! Following the server again after it has shown another history: its owner
//! has been asked, and says so.
//!
//! Nothing is deleted. The history is followed from its beginning, and taken
//! in like any other: what stands here and is later stands on. Every record
//! is *adrift* from then on, until the new history shows the operation that
//! stands here; what it does not show is sealed anew and sent, by the same
//! slices as after a change of the key (`reseal.rs`), stamps unchanged, so
//! that other devices which do the same make no conflicts. What was unsent is
//! sealed again too, so that it says what this device has seen of the new
//! history, and not of the old one. What the lost history had acknowledged goes
//! as made from itself, so that whoever has seen it knows it again; who has not,
//! and wrote what it was made from, keeps that as a copy.
//!
//! ```text
//! asked ─▶ round ends ─▶ one transaction: everything adrift, nothing followed, outbox empty
//!                                                      └─▶ round ─▶ slices ─▶ in step
//! ```

use crate::catalogue::Entry;
use crate::command::{Reply, RequestId};
use crate::context::Context;
use crate::device::Session;
use crate::engine::{Engine, Life};
use crate::job::{Job, Outcome};
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::reseal;
use crate::stage::Staged;
use crate::write::Writing;
use rand_core::CryptoRng;
use sync_core::Outbox;
use vault_types::{Code, Map, OpId, RecordId, Seen};

/// So much of what is unsent is sealed again at once. The rest goes with the
/// slices, as made from itself.
const UNSENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Whether only the owner can say how to go on.
pub(crate) const fn needs_choice(code: Code) -> bool {
    matches!(
        code,
        Code::ServerReset | Code::HistoryRewritten | Code::HistoryForked | Code::RecordRolledBack
    )
}

impl Engine {
    /// Takes the owner's word, and waits for the round under way to end.
    pub(crate) fn rejoin<R: CryptoRng>(&mut self, request: RequestId, cx: &mut Context<'_, R>) {
        if !self.sync.rejoin(request) {
            cx.answer(request, Code::Misuse);
        }
    }

    /// Begins once no round is under way.
    pub(crate) fn rejoin_if_due(&mut self) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        if let Some(request) = self.sync.take_rejoin() {
            open.jobs.push_back(Job::Rejoin { request });
        }
    }

    /// The session in the epoch that the server is in now.
    pub(crate) fn session_of_epoch(&self) -> Option<Session> {
        let session = self.device.session?;
        Some(Session {
            server_epoch: self.sync.heard()?,
            ..session
        })
    }

    /// It is on the disk: follow the server from the beginning.
    pub(crate) fn rejoined<R: CryptoRng>(
        &mut self,
        request: RequestId,
        session: Session,
        cx: &mut Context<'_, R>,
    ) {
        self.device.session = Some(session);
        if let Life::Open(open) = &mut self.life {
            reseal::count(open);
        }
        self.sync.restart(&session, cx.now_ms);
        cx.answer(request, Reply::Done);
        self.tell_state(cx);
    }
}

/// What stands here and is not known to have left this device, with the
/// revision that the first such operation of its record was made from: it is
/// sealed again at once, as made from that.
pub(crate) fn unsent(open: &OpenVault, outbox: &Outbox<Location>) -> Vec<(Entry, Option<OpId>)> {
    let mut bases: Map<RecordId, Option<OpId>> = Map::new();
    for (pending, _) in outbox.iter() {
        bases.entry(pending.record_id).or_insert(pending.base);
    }
    let mut bytes = 0;
    let entries = open.catalogue.entries();
    entries
        .filter(|entry| {
            let newest = outbox.newest(entry.id);
            newest.is_some_and(|newest| newest.op_id == entry.op_id)
        })
        .take_while(|entry| {
            bytes += entry.at.len as usize;
            bytes <= UNSENT_BYTES_MAX
        })
        .map(|entry| (entry.clone(), bases.get(&entry.id).copied().flatten()))
        .collect()
}

impl<R: CryptoRng> Writing<'_, R> {
    /// Stages the beginning.
    pub(crate) fn rejoin(
        mut self,
        request: RequestId,
        session: Option<Session>,
    ) -> Result<Staged, Code> {
        let session = session.ok_or(Code::SignedOut)?;
        self.author.seen = Seen::default();
        let mut standing: Map<RecordId, Entry> = Map::new();
        for (entry, base) in unsent(self.open, self.outbox) {
            if let Ok(body) = self.open_whole(&entry) {
                let (header, at) = self.seal_as_of(entry.stamp, entry.id, base, &body)?;
                standing.insert(entry.id, entry.sealed_again(&header, at));
            }
        }
        let adrift = |entry: &Entry| Entry {
            adrift: true,
            ..entry.clone()
        };
        let entries = self.open.catalogue.entries();
        let entries =
            entries.map(|entry| standing.remove(&entry.id).unwrap_or_else(|| adrift(entry)));
        self.stage.entries = entries.collect();
        let unsent = self.outbox.iter().map(|(pending, _)| pending.clone());
        self.stage.sent = unsent.collect();
        self.stage.seen = Some(Seen::default());
        self.stage.rejoined = Some(session);
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Rejoined { request, session },
        })
    }
}
