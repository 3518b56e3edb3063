//! Running jobs: one at a time, each in three steps (read, write, make true).

use crate::apply;
use crate::command::{Notice, Reply, RequestId};
use crate::context::Context;
use crate::effect::{Response, Rows, Timer, Unreachable};
use crate::engine::{Engine, Life};
use crate::index::Indexing;
use crate::job::{Job, Needs, Outcome, named};
use crate::open_vault::{Busy, OpenVault, list_item};
use crate::packs::Location;
use crate::read;
use crate::stage::{Stage, Staged};
use crate::wait::Wait;
use crate::write::{Author, Writing};
use rand_core::CryptoRng;
use sync_core::Outbox;
use vault_types::{Code, DeviceId};

/// Revisions that are indexed again in one transaction.
const REINDEX_DOCS_MAX: usize = 500;

impl Engine {
    /// Starts jobs until one has to wait.
    pub(crate) fn pump<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        loop {
            let Life::Open(open) = &mut self.life else {
                return;
            };
            if open.busy.is_some() {
                return;
            }
            let Some(job) = open.jobs.pop_front() else {
                return;
            };
            let device_id = self.device.id.unwrap_or(DeviceId::NIL);
            let missing = read::missing_packs(open, needs(open, &job, device_id));
            if missing.is_empty() {
                self.run(job, cx);
            } else {
                open.busy = Some(Busy::Reading);
                cx.read(
                    &mut self.waiting,
                    read::packs_query(missing),
                    Wait::JobPacks { job },
                );
            }
        }
    }

    /// A job's packs were read. What is missing shows when it is opened.
    pub(crate) fn job_packs<R: CryptoRng>(
        &mut self,
        job: Job,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        open.busy = None;
        read::remember_packs(open, result.unwrap_or_default());
        self.run(job, cx);
    }

    fn run<R: CryptoRng>(&mut self, job: Job, cx: &mut Context<'_, R>) {
        let request = job.request();
        let of_round = matches!(job, Job::Apply { .. } | Job::Acknowledge { .. });
        match job {
            Job::Lock { request } => return self.lock(request, cx),
            Job::Upload => return self.begin_upload(cx),
            _ => {}
        }
        let staged = self
            .stage(job, cx)
            .and_then(|staged| self.begin_write(request, staged, cx));
        if let Err(code) = staged {
            if let Some(request) = request {
                cx.answer(request, code);
            }
            if of_round {
                self.sync.finish(Err(code), &mut self.outbox, cx);
            }
        }
    }

    fn stage<R: CryptoRng>(&mut self, job: Job, cx: &mut Context<'_, R>) -> Result<Staged, Code> {
        let Life::Open(open) = &mut self.life else {
            return Err(Code::Locked);
        };
        let author = Author {
            device_id: self.device.id.ok_or(Code::Internal)?,
            seen: self.sync.seen(),
            now_ms: cx.now_ms,
        };
        match job {
            Job::Merge => merge(open, cx),
            Job::Reindex => reindex(open, cx),
            Job::ForgetDeleted => Ok(forget_deleted(open, &self.outbox)),
            Job::Acknowledge {
                acknowledged,
                history,
            } => {
                let ids = acknowledged.iter().map(|unsent| unsent.record_id).collect();
                let released = acknowledged
                    .iter()
                    .filter(|unsent| !open.is_standing(unsent));
                let stage = Stage {
                    released: released.map(|unsent| unsent.payload).collect(),
                    sent: acknowledged,
                    seen: history.map(|history| history.head().into()),
                    ..Stage::default()
                };
                Ok(Staged {
                    stage,
                    outcome: Outcome::Acknowledged { ids, history },
                })
            }
            job => {
                let writing = Writing::new(open, &self.outbox, author, cx.rng);
                match job {
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
        request: Option<RequestId>,
        staged: Staged,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        let Life::Open(open) = &mut self.life else {
            return Err(Code::Locked);
        };
        let Staged { stage, outcome } = staged;
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
                stage.commit(open, &mut self.outbox);
                self.end(outcome, cx);
                self.merge_if_due();
            }
            Err(code) => {
                if let Some(request) = request {
                    cx.answer(request, code);
                }
                if matches!(
                    outcome,
                    Outcome::Applied { .. } | Outcome::Acknowledged { .. }
                ) {
                    self.sync.finish(Err(code), &mut self.outbox, cx);
                }
            }
        }
    }

    fn merge_if_due(&mut self) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let waits = open.jobs.iter().any(|job| matches!(job, Job::Merge));
        if !waits && open.index.due_for_merge().is_some() {
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
                cx.notify(Notice::Records {
                    ids: named(ids),
                    remote: false,
                });
                self.sync.edited(cx);
            }
            Outcome::Imported {
                request,
                outcomes,
                ids,
            } => {
                cx.answer(request, Reply::Imported(outcomes));
                if !ids.is_empty() {
                    cx.notify(Notice::Records {
                        ids: named(ids),
                        remote: false,
                    });
                    self.sync.edited(cx);
                }
            }
            Outcome::Applied { ids, history } => {
                if !ids.is_empty() {
                    cx.notify(Notice::Records {
                        ids: named(ids),
                        remote: true,
                    });
                }
                let Some(peer) = self.peer() else { return };
                let Life::Open(open) = &mut self.life else {
                    return;
                };
                let next = self
                    .sync
                    .applied(history, peer, open, &mut self.waiting, cx);
                self.end_round_on_error(next, cx);
            }
            Outcome::Acknowledged { ids, history } => {
                cx.notify(Notice::Uploaded { ids: named(ids) });
                let Some(peer) = self.peer() else { return };
                let Life::Open(open) = &mut self.life else {
                    return;
                };
                let next = self
                    .sync
                    .acknowledged(history, peer, open, &mut self.waiting, cx);
                self.end_round_on_error(next, cx);
            }
            Outcome::Indexed { more } => {
                if more {
                    open.jobs.push_back(Job::Reindex);
                }
            }
        }
    }

    fn end_round_on_error<R: CryptoRng>(
        &mut self,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
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
            Ok(false) => self.sync.finish(Ok(()), &mut self.outbox, cx),
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
        read::remember_packs(open, result.unwrap_or_default());
        let sent = self
            .sync
            .send(peer, open, &self.outbox, &mut self.waiting, cx);
        self.end_round_on_error(sent, cx);
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
            Wait::Polled => self.sync.polled(result, peer, open, &mut self.waiting, cx),
            Wait::Downloaded => self.sync.downloaded(result, open),
            _ => self.sync.uploaded(result, open, &mut self.outbox),
        };
        self.end_round_on_error(next, cx);
    }

    /// Forgets every key and everything readable.
    pub(crate) fn lock<R: CryptoRng>(
        &mut self,
        request: Option<RequestId>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = core::mem::replace(&mut self.life, Life::Closed) else {
            return;
        };
        for (request, _) in &open.searches {
            cx.answer(*request, Code::Stopped);
        }
        for request in open.jobs.iter().filter_map(Job::request) {
            cx.answer(request, Code::Stopped);
        }
        drop(open);
        for request in self.waiting.forget_open() {
            cx.answer(request, Code::Stopped);
        }
        self.sync.pause(&mut self.outbox, cx);
        cx.set_timer(Timer::Idle, None);
        if let Some(request) = request {
            cx.answer(request, Reply::State(self.state()));
        }
        self.tell_state(cx);
    }
}

/// Operations that a job opens.
fn needs(open: &OpenVault, job: &Job, device_id: DeviceId) -> Needs {
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
        Job::Reindex => unindexed(open).into_iter().map(|(_, at)| at).collect(),
        _ => Needs::new(),
    }
}

fn merge<R: CryptoRng>(open: &OpenVault, cx: &mut Context<'_, R>) -> Result<Staged, Code> {
    let mut stage = Stage::default();
    if let Some(due) = open.index.due_for_merge() {
        let segments: Vec<_> = due.iter().map(|held| &held.segment).collect();
        let live = |doc: search_index::DocNumber| open.catalogue.by_doc(doc.0).is_some();
        let merged = search_index::merge(&segments, &live);
        stage.dropped_segments = due.iter().map(|held| held.id).collect();
        stage.add_segment(open, merged, cx.rng)?;
    }
    Ok(Staged {
        stage,
        outcome: Outcome::Indexed { more: false },
    })
}

/// Living revisions that no segment holds, in the order of their numbers.
fn unindexed(open: &OpenVault) -> Vec<(search_index::DocNumber, Location)> {
    let held = open.index.docs();
    let mut missing: Vec<_> = open
        .catalogue
        .entries()
        .filter(|entry| !entry.deleted && !held.contains(&entry.doc))
        .map(|entry| (entry.doc, entry.at))
        .collect();
    missing.sort_unstable_by_key(|(doc, _)| doc.0);
    missing.truncate(REINDEX_DOCS_MAX);
    missing
}

fn reindex<R: CryptoRng>(open: &mut OpenVault, cx: &mut Context<'_, R>) -> Result<Staged, Code> {
    let missing = unindexed(open);
    let more = missing.len() == REINDEX_DOCS_MAX;
    let mut indexing = Indexing::from(open.next_doc);
    let mut opened = 0;
    for (doc, at) in missing {
        if let Ok(body) = open.open_at(at) {
            indexing.add_as(doc, &body);
            opened += 1;
        }
    }
    let mut stage = Stage::default();
    if let Some(segment) = indexing.finish() {
        stage.add_segment(open, segment, cx.rng)?;
    }
    // What cannot be opened is not tried for ever.
    Ok(Staged {
        stage,
        outcome: Outcome::Indexed {
            more: more && opened > 0,
        },
    })
}

/// Lets go of what was deleted before this unlock: Undo has passed.
fn forget_deleted(open: &OpenVault, outbox: &Outbox<Location>) -> Staged {
    let mut stage = Stage::default();
    let unsent: Vec<Location> = outbox.iter().map(|(pending, _)| pending.payload).collect();
    for entry in open.catalogue.entries() {
        if let Some(at) = entry.before_delete {
            stage.released.extend((!unsent.contains(&at)).then_some(at));
            let mut entry = entry.clone();
            entry.before_delete = None;
            stage.entries.push(entry);
        }
    }
    Staged {
        stage,
        outcome: Outcome::Indexed { more: false },
    }
}
