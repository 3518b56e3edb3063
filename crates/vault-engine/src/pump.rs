//! Running jobs: one at a time, each in three steps (read, write, make true).

use crate::answer;
use crate::apply;
use crate::command::{Notice, Reply, RequestId};
use crate::context::Context;
use crate::drafts;
use crate::effect::{Response, Rows, Unreachable};
use crate::engine::{Engine, Life};
use crate::hashes::{HashPageId, Hashes};
use crate::job::{Job, Needs, Outcome, named};
use crate::open_vault::{Busy, OpenVault, list_item};
use crate::packs::Location;
use crate::proof;
use crate::read;
use crate::rejoin;
use crate::reseal;
use crate::slots::Slots;
use crate::stage::Staged;
use crate::sync::Peer;
use crate::upkeep;
use crate::wait::Wait;
use crate::write::{Author, Writing};
use rand_core::CryptoRng;
use search_index::DocNumber;
use sync_core::Outbox;
use sync_core::message::PollResponse;
use vault_types::{Code, DeviceId, RecordId, Set};

/// What a job wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrote {
    /// A revision that the application gave.
    Text,
    /// Anything else.
    Other,
}

impl Engine {
    /// Starts jobs until one has to wait.
    pub(crate) fn pump<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        loop {
            let Life::Open(open) = &mut self.life else {
                return;
            };
            if open.busy.is_some() || !open.may_begin() {
                return;
            }
            let Some(job) = open.jobs.pop_front() else {
                return;
            };
            let device_id = self.device.id.unwrap_or(DeviceId::NIL);
            let missing = read::missing_packs(
                open,
                needs((open, &self.outbox), &job, (device_id, cx.now_ms)),
            );
            let hashes = match &job {
                Job::Apply { ops, .. } => proof::needs(open, ops),
                _ => Set::new(),
            };
            if missing.is_empty() && hashes.is_empty() {
                self.run(job, cx);
            } else {
                open.busy = Some(Busy::Reading);
                let mut queries = read::packs_query(missing);
                queries.push(Hashes::query(&hashes));
                cx.read(&mut self.waiting, queries, Wait::JobPacks { job, hashes });
            }
        }
    }

    /// A job's packs were read. What is missing shows when it is opened.
    pub(crate) fn job_packs<R: CryptoRng>(
        &mut self,
        (job, hashes): (Job, Set<HashPageId>),
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        open.busy = None;
        match result {
            Ok(mut results) => {
                let pages = results.pop().unwrap_or_default();
                open.hashes.load(&open.vault, hashes, &pages);
                read::remember_packs(open, results);
                self.run(job, cx);
            }
            Err(code) => self.job_failed(job.request(), job.is_of_round(), code, cx),
        }
    }

    /// A job came to nothing: whoever asked for it is told.
    fn job_failed<R: CryptoRng>(
        &mut self,
        request: Option<RequestId>,
        of_round: bool,
        code: Code,
        cx: &mut Context<'_, R>,
    ) {
        if let Some(request) = request {
            self.sync.rejoin_failed(request);
            cx.answer(request, code);
        }
        if of_round {
            self.sync.finish(Err(code), &mut self.outbox, cx);
        }
    }

    fn run<R: CryptoRng>(&mut self, job: Job, cx: &mut Context<'_, R>) {
        let request = job.request();
        let of_round = job.is_of_round();
        let wrote = match job {
            Job::Save { .. } => Wrote::Text,
            _ => Wrote::Other,
        };
        match job {
            Job::Lock { request } => return self.lock(request, cx),
            Job::SignOut { request, unsent } => return self.leave(request, unsent, cx),
            Job::Upload => return self.begin_upload(cx),
            _ => {}
        }
        let staged = self
            .stage(job, cx)
            .and_then(|staged| self.begin_write((request, wrote), staged, cx));
        if let Err(code) = staged {
            self.job_failed(request, of_round, code, cx);
        }
    }

    fn stage<R: CryptoRng>(&mut self, job: Job, cx: &mut Context<'_, R>) -> Result<Staged, Code> {
        let session = self.session_of_epoch();
        let Life::Open(open) = &mut self.life else {
            return Err(Code::Locked);
        };
        let author = Author {
            device_id: self.device.id.ok_or(Code::Internal)?,
            seen: self.sync.seen(),
            now_ms: cx.now_ms,
        };
        match job {
            Job::Merge => upkeep::merge(open, cx),
            Job::Reindex => upkeep::reindex(open, cx),
            Job::ForgetDeleted => Ok(upkeep::forget_deleted(&open.catalogue)),
            Job::KeepDraft { request, draft } => {
                drafts::keep((open, &self.device.drafts), (request, draft), cx)
            }
            Job::DiscardDraft { request, id } => drafts::discard(request, &id),
            Job::Acknowledge {
                response,
                history,
                heads,
            } => self
                .sync
                .settle(&response, (history, heads), &mut self.outbox),
            job => {
                let writing = Writing::new(open, &self.outbox, author, cx.rng);
                match job {
                    Job::Rejoin { request } => writing.rejoin(request, session),
                    Job::Restamp => writing.restamp(),
                    Job::Reseal => writing.reseal(),
                    Job::Put { request, records } => writing.put(request, records),
                    Job::Save { request, id, patch } => writing.save(request, id, patch),
                    Job::Remove { request, id } => writing.delete(request, id),
                    Job::Restore { request, id } => writing.restore(request, id),
                    Job::Import { request, files } => writing.import(request, files),
                    Job::Apply { ops, history } => apply::stage(writing, ops, history),
                    _ => Err(Code::Internal),
                }
            }
        }
    }

    fn begin_write<R: CryptoRng>(
        &mut self,
        (request, wrote): (Option<RequestId>, Wrote),
        staged: Staged,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        let Life::Open(open) = &mut self.life else {
            return Err(Code::Locked);
        };
        let Staged { mut stage, outcome } = staged;
        if let Outcome::Saved { ids, .. } = &outcome
            && wrote == Wrote::Text
        {
            stage.drafts.extend(open.drafts.settled_by(ids));
        }
        if stage.is_empty() {
            self.end(outcome, cx);
            return Ok(());
        }
        let changes = stage.changes(open, &self.outbox, cx.rng)?;
        open.busy = Some(Busy::Writing {
            stage: Box::new(stage),
            outcome,
            request,
        });
        cx.write(&mut self.waiting, changes, Wait::JobWritten);
        Ok(())
    }

    /// A job's transaction ended.
    pub(crate) fn job_written<R: CryptoRng>(
        &mut self,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let Some(Busy::Writing {
            stage,
            outcome,
            request,
        }) = open.busy.take()
        else {
            return;
        };
        match result {
            Ok(()) => {
                self.device.seen = stage.seen.unwrap_or(self.device.seen);
                self.device.latest = stage.latest.unwrap_or(self.device.latest);
                stage.commit(open, &mut self.outbox, &mut self.device.drafts);
                self.end(outcome, cx);
                self.merge_if_due();
            }
            Err(code) => {
                let of_round = outcome.is_of_round();
                if let Outcome::Acknowledged { .. } = outcome {
                    // The disk still has them as unsent, and so has memory.
                    let unsent = stage.sent.into_iter();
                    unsent.for_each(|unsent| self.outbox.restore(unsent));
                }
                self.job_failed(request, of_round, code, cx);
            }
        }
    }

    fn merge_if_due(&mut self) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let waits = open.jobs.iter().any(|job| matches!(job, Job::Merge));
        let live = |doc: DocNumber| open.catalogue.by_doc(doc.0).is_some();
        if !waits && open.index.due_for_merge(&live).is_some() {
            open.jobs.push_back(Job::Merge);
        }
    }

    /// What is true now is told.
    fn end<R: CryptoRng>(&mut self, outcome: Outcome, cx: &mut Context<'_, R>) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        match outcome {
            Outcome::Saved { request, ids } => {
                let entries = ids.iter().filter_map(|id| open.catalogue.entry(id));
                let items = entries
                    .map(|entry| list_item(entry, &self.outbox))
                    .collect();
                cx.answer(request, Reply::Saved(items));
                self.tell_edited(ids, cx);
            }
            Outcome::Imported {
                request,
                outcomes,
                ids,
            } => {
                cx.answer(request, Reply::Imported(outcomes));
                self.tell_edited(ids, cx);
            }
            Outcome::Applied {
                ids,
                uploaded,
                history,
            } => {
                if !ids.is_empty() {
                    cx.notify(Notice::Records {
                        ids: named(ids),
                        remote: true,
                    });
                }
                tell_uploaded(uploaded, &self.outbox, cx);
                let Some(peer) = self.peer() else { return };
                let Life::Open(open) = &mut self.life else {
                    return;
                };
                reseal::count(open);
                let next = self
                    .sync
                    .applied(history, peer, open, &mut self.waiting, cx);
                self.end_round_on_error(next, cx);
            }
            Outcome::Acknowledged { ids, history } => {
                tell_uploaded(ids, &self.outbox, cx);
                let Some(peer) = self.peer() else { return };
                let Life::Open(open) = &mut self.life else {
                    return;
                };
                let next = self
                    .sync
                    .acknowledged(history, peer, open, &mut self.waiting, cx);
                self.end_round_on_error(next, cx);
            }
            Outcome::Rejoined { request, session } => self.rejoined(request, session, cx),
            Outcome::Resealed { done, more } => self.resealed((done, more), cx),
            Outcome::DraftKept { request, id } => cx.answer(request, Reply::DraftKept { id }),
            Outcome::DraftDiscarded { request } => cx.answer(request, Reply::Done),
            Outcome::Tidied => {}
            Outcome::Indexed { more } => {
                if more {
                    open.jobs.push_back(Job::Reindex);
                }
            }
        }
    }

    /// Tells of records that changed here, and has them sent soon.
    fn tell_edited<R: CryptoRng>(&mut self, ids: Vec<RecordId>, cx: &mut Context<'_, R>) {
        if !ids.is_empty() {
            cx.notify(Notice::Records {
                ids: named(ids),
                remote: false,
            });
            self.sync.edited(cx);
        }
    }

    pub(crate) fn end_round_on_error<R: CryptoRng>(
        &mut self,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        // This device has a vault: it is the server that has none any more.
        let gone = |code| match code {
            Code::NoVault | Code::UnknownVault => Code::VaultReset,
            other => other,
        };
        let result = result.map_err(gone);
        if result.is_err() {
            self.sync.finish(result, &mut self.outbox, cx);
        }
    }

    fn begin_upload<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let Some(peer) = self.peer() else { return };
        let Life::Open(open) = &mut self.life else {
            return;
        };
        match self
            .sync
            .upload(peer, open, &mut self.outbox, &mut self.waiting, cx)
        {
            Ok(true) => {}
            Ok(false) => {
                self.sync.finish(Ok(()), &mut self.outbox, cx);
                self.reseal_if_due();
            }
            Err(code) => self.sync.finish(Err(code), &mut self.outbox, cx),
        }
    }

    /// The packs of a batch were read.
    pub(crate) fn upload_packs<R: CryptoRng>(
        &mut self,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(peer) = self.peer() else { return };
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let sent = result.and_then(|packs| {
            read::remember_packs(open, packs);
            self.sync
                .send(peer, open, &self.outbox, &mut self.waiting, cx)
        });
        self.end_round_on_error(sent, cx);
    }

    /// The server said where it stands.
    fn polled<R: CryptoRng>(
        &mut self,
        result: Result<Response, Unreachable>,
        peer: Peer,
        cx: &mut Context<'_, R>,
    ) {
        let poll = match answer::read::<PollResponse>(result) {
            Ok(poll) => poll,
            Err(code) => {
                self.round_refused(code, cx);
                return self.end_round_on_error(Err(code), cx);
            }
        };
        let heeded = self.refuse_reset(&poll, peer);
        let heeded = heeded.and_then(|()| self.heed_poll(&poll, cx));
        let next = heeded.and_then(|()| {
            self.sync.hear(&poll)?;
            self.note_code_use(&poll, cx);
            match self.compare_slots(&poll)? {
                Slots::Newer => {
                    self.fetch_slots(poll, cx);
                    Ok(())
                }
                Slots::Known => self.follow_poll(&poll, peer, cx),
            }
        });
        self.end_round_on_error(next, cx);
    }

    /// Goes on to fetch and to send.
    pub(crate) fn follow_poll<R: CryptoRng>(
        &mut self,
        poll: &PollResponse,
        peer: Peer,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        let Life::Open(open) = &mut self.life else {
            return Err(Code::Locked);
        };
        self.sync.polled(poll, peer, open, &mut self.waiting, cx)
    }

    /// The server answered within a round.
    pub(crate) fn round_received<R: CryptoRng>(
        &mut self,
        wait: &Wait,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(peer) = self.peer() else { return };
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let next = match wait {
            Wait::Polled => return self.polled(result, peer, cx),
            Wait::Downloaded => self.sync.downloaded(result, open),
            _ => self.sync.uploaded(result, open),
        };
        if let Err(code) = next {
            self.round_refused(code, cx);
        }
        self.end_round_on_error(next, cx);
    }
}

/// Tells of records that the server now has as they are here.
fn tell_uploaded<R: CryptoRng>(
    mut ids: Vec<RecordId>,
    outbox: &Outbox<Location>,
    cx: &mut Context<'_, R>,
) {
    ids.retain(|id| outbox.newest(*id).is_none());
    if !ids.is_empty() {
        cx.notify(Notice::Uploaded { ids: named(ids) });
    }
}

/// Operations that a job opens.
fn needs(
    (open, outbox): (&OpenVault, &Outbox<Location>),
    job: &Job,
    (device_id, now_ms): (DeviceId, u64),
) -> Needs {
    match job {
        Job::Save { id, .. } => open
            .catalogue
            .living(id)
            .map(|entry| entry.at)
            .into_iter()
            .collect(),
        Job::Restore { id, .. } => open
            .catalogue
            .entry(id)
            .and_then(|entry| entry.before_delete)
            .into_iter()
            .collect(),
        Job::Apply { ops, .. } => apply::needs(open, ops, device_id),
        Job::Restamp => upkeep::ahead(open, outbox, now_ms)
            .iter()
            .filter(|entry| !entry.deleted)
            .map(|entry| entry.at)
            .collect(),
        Job::Rejoin { .. } => rejoin::unsent(open, outbox)
            .into_iter()
            .map(|(entry, _)| entry.at)
            .collect(),
        Job::Reseal => reseal::slice(open, outbox, device_id)
            .into_iter()
            .map(|entry| entry.at)
            .collect(),
        Job::Reindex => upkeep::unindexed(open)
            .into_iter()
            .map(|(_, at)| at)
            .collect(),
        _ => Needs::new(),
    }
}
