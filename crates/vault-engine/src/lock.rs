//! Locking this device. What was asked for before a lock is still written;
//! what comes after it is not.
//!
//! ```text
//! due or ordered ─▶ grace: `locking` is told, nothing is shown any more,
//!                          drafts and saves are still taken in
//!                ─▶ behind the writes that were asked for: keys, catalogue,
//!                   index and texts are dropped
//!                ─▶ the reason is on the disk ─▶ `locked` is told
//! ```
//! A lock by hand begins behind the writes at once. `locked` comes last, since
//! an application ends the worker when it hears it.

use crate::attention::Attention;
use crate::command::{Command, LockView, Notice, Reply, RequestId};
use crate::context::Context;
use crate::drafts::Drafts;
use crate::effect::Timer;
use crate::engine::{Engine, Life};
use crate::job::Job;
use crate::lock_note::LockNote;
use crate::lock_policy::{FormFactor, LockSettings, Told};
use crate::open_vault::Busy;
use crate::vault_lock::Lift;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::Visibility;
use vault_types::{Code, LockReason, LockTier, limits};

/// How long `locked` waits for the disk and the server.
const ANNOUNCE_MS: u64 = 600;

/// Everything about locks that is not a key.
pub(crate) struct Guard {
    pub(crate) settings: LockSettings,
    /// Whether the server knows the strict setting.
    pub(crate) strict_told: Told,
    pub(crate) attention: Attention,
    /// The lock that has begun.
    pub(crate) locking: Option<Locking>,
    /// A lock that is done and not yet told.
    closing: Option<Closing>,
    /// The vault lock that opening this vault is to lift.
    pub(crate) lift: Option<Lift>,
    /// How often in a row the server could not be told.
    pub(crate) tell_failures: u32,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            settings: LockSettings::default(),
            strict_told: Told::Yes,
            attention: Attention::default(),
            locking: None,
            closing: None,
            lift: None,
            tell_failures: 0,
        }
    }
}

/// A lock that has begun.
pub(crate) struct Locking {
    pub(crate) note: LockNote,
    pub(crate) step: Step,
}

/// How far a lock has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The application hands over what it still has.
    Grace,
    /// Behind the writes that were asked for.
    Queued,
}

/// A lock that is done and not yet told.
struct Closing {
    requests: Vec<RequestId>,
    on_disk: bool,
    at_server: bool,
}

impl Engine {
    /// The idle time starts again, unless it is over already: after a sleep
    /// the first movement may come before the timer.
    pub(crate) fn active<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if !self.lock_if_due(cx) {
            self.guard.attention.touch(cx.now_ms);
            self.set_idle_timer(cx);
        }
    }

    fn set_idle_timer<R: CryptoRng>(&self, cx: &mut Context<'_, R>) {
        let at_ms = self.guard.attention.next_ms(self.guard.settings, cx.now_ms);
        cx.set_timer(Timer::Idle, Some(at_ms));
    }

    /// Begins to lock if it is time to, and says whether a lock has begun.
    pub(crate) fn lock_if_due<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) -> bool {
        if !matches!(self.life, Life::Open(_)) {
            return false;
        }
        if self.guard.locking.is_some() {
            return true;
        }
        match self.guard.attention.due(self.guard.settings, cx.now_ms) {
            Some(reason) => {
                self.lock_for(reason, cx);
                true
            }
            None => {
                self.set_idle_timer(cx);
                false
            }
        }
    }

    /// Begins to lock this device for a reason of its own, with the grace for
    /// unsaved typing.
    pub(crate) fn lock_for<R: CryptoRng>(&mut self, reason: LockReason, cx: &mut Context<'_, R>) {
        let tier = self.guard.settings.tier(reason);
        self.begin_lock(LockNote::own(reason, tier, cx.now_ms), cx);
    }

    /// Begins to lock, with the grace for unsaved typing.
    pub(crate) fn begin_lock<R: CryptoRng>(&mut self, note: LockNote, cx: &mut Context<'_, R>) {
        if !matches!(self.life, Life::Open(_)) || self.guard.locking.is_some() {
            return;
        }
        cx.notify(Notice::Locking {
            within_ms: limits::LOCK_GRACE_MS as u32,
            reason: note.reason,
        });
        let step = Step::Grace;
        self.guard.locking = Some(Locking { note, step });
        cx.set_timer(Timer::Idle, None);
        cx.set_timer(Timer::Lock, Some(cx.now_ms + limits::LOCK_GRACE_MS));
    }

    /// Locks by hand, behind the writes that were asked for. The reason of a
    /// lock that has begun already stays; its reach may grow.
    pub(crate) fn lock_by_hand<R: CryptoRng>(
        &mut self,
        request: RequestId,
        tier: Option<LockTier>,
        cx: &mut Context<'_, R>,
    ) {
        let ordered = tier.unwrap_or_else(|| self.guard.settings.tier(LockReason::Manual));
        if !matches!(self.life, Life::Open(_)) {
            return self.lock_closed(request, ordered, cx);
        }
        match &mut self.guard.locking {
            Some(locking) if ordered == LockTier::Vault => locking.note.tier = ordered,
            Some(_) => {}
            None => {
                let note = LockNote::own(LockReason::Manual, ordered, cx.now_ms);
                let step = Step::Grace;
                self.guard.locking = Some(Locking { note, step });
            }
        }
        self.queue_lock(Some(request), cx);
    }

    /// Nothing is open here. Other devices can still be locked.
    fn lock_closed<R: CryptoRng>(
        &mut self,
        request: RequestId,
        tier: LockTier,
        cx: &mut Context<'_, R>,
    ) {
        self.stop_unlocking(cx);
        if self.guard.closing.is_none() && tier == LockTier::Vault && self.peer().is_some() {
            let note = LockNote::own(LockReason::Manual, tier, cx.now_ms);
            self.close(note, Vec::new(), vec![request], cx);
        } else if let Some(closing) = &mut self.guard.closing {
            closing.requests.push(request);
        } else {
            cx.answer(request, Reply::State(self.state()));
        }
    }

    fn queue_lock<R: CryptoRng>(&mut self, request: Option<RequestId>, cx: &mut Context<'_, R>) {
        if let Life::Open(open) = &mut self.life {
            open.jobs.push_back(Job::Lock { request });
        }
        if let Some(locking) = &mut self.guard.locking
            && locking.step == Step::Grace
        {
            locking.step = Step::Queued;
            cx.set_timer(Timer::Lock, Some(cx.now_ms + limits::LOCK_WRITES_MS_MAX));
        }
    }

    /// The grace is over, or the writes take too long, or `locked` has waited
    /// for long enough.
    pub(crate) fn lock_timer<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        match &self.guard.locking {
            Some(locking) if locking.step == Step::Grace => self.queue_lock(None, cx),
            Some(_) => self.lock(None, cx),
            None => self.announce_lock(cx),
        }
    }

    /// Forgets every key and everything readable, and has the reason noted.
    pub(crate) fn lock<R: CryptoRng>(
        &mut self,
        request: Option<RequestId>,
        cx: &mut Context<'_, R>,
    ) {
        let begun = self.guard.locking.take().map(|locking| locking.note);
        let note = begun.unwrap_or_else(|| {
            let tier = self.guard.settings.tier(LockReason::Manual);
            LockNote::own(LockReason::Manual, tier, cx.now_ms)
        });
        let Life::Open(open) = &self.life else { return };
        let statement = self.statement(open, &note, cx);
        let asked = self.wipe(cx);
        let requests = request.into_iter().chain(asked).collect();
        self.close(note, statement, requests, cx);
    }

    /// Notes a lock on the disk and, if it is for every device, tells the
    /// server; then tells whoever waits.
    fn close<R: CryptoRng>(
        &mut self,
        note: LockNote,
        statement: Vec<u8>,
        requests: Vec<RequestId>,
        cx: &mut Context<'_, R>,
    ) {
        let mut changes = vec![note.put()];
        let at_server = !self.intend(&note, statement, &mut changes);
        self.device.lock = Some(note);
        self.guard.closing = Some(Closing {
            requests,
            on_disk: false,
            at_server,
        });
        cx.write(&mut self.waiting, changes, Wait::LockNoted);
        cx.set_timer(Timer::Lock, Some(cx.now_ms + ANNOUNCE_MS));
        self.tell_lock(cx);
    }

    /// The reason is on the disk, or the disk did not take it.
    pub(crate) fn lock_noted<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if let Some(closing) = &mut self.guard.closing {
            closing.on_disk = true;
            if closing.at_server {
                self.announce_lock(cx);
            }
        }
    }

    /// The server has answered to a lock, or it cannot be reached.
    pub(crate) fn lock_at_server<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if let Some(closing) = &mut self.guard.closing {
            closing.at_server = true;
            if closing.on_disk {
                self.announce_lock(cx);
            }
        }
    }

    /// Tells of a lock that is done. What asks for an open vault before that
    /// makes it come at once.
    pub(crate) fn announce_lock<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let Some(closing) = self.guard.closing.take() else {
            return;
        };
        cx.set_timer(Timer::Lock, None);
        for request in closing.requests {
            cx.answer(request, Reply::State(self.state()));
        }
        self.tell_state(cx);
    }

    /// Drops keys, catalogue, index and texts; gives the requests that asked
    /// for just that.
    pub(crate) fn wipe<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) -> Vec<RequestId> {
        self.guard.locking = None;
        if !matches!(self.life, Life::Open(_)) {
            return Vec::new();
        }
        let Life::Open(open) = core::mem::replace(&mut self.life, Life::Closed) else {
            return Vec::new();
        };
        for (request, _) in &open.searches {
            cx.answer(*request, Code::Stopped);
        }
        if let Some(Busy::Writing {
            request: Some(request),
            ..
        }) = &open.busy
        {
            cx.answer(*request, Code::Stopped);
        }
        let (locks, jobs): (Vec<Job>, Vec<Job>) = open
            .jobs
            .into_iter()
            .partition(|job| matches!(job, Job::Lock { .. }));
        for request in jobs.iter().filter_map(Job::request) {
            cx.answer(request, Code::Stopped);
        }
        let writes = self.waiting.orphan_job_write();
        if let Some(after) = &open.after_round {
            cx.answer(after.request(), Code::Stopped);
        }
        for request in self.waiting.forget_open() {
            cx.answer(request, Code::Stopped);
        }
        self.sync.pause(&mut self.outbox, cx);
        self.guard.settings = LockSettings::default();
        cx.set_timer(Timer::Idle, None);
        if writes {
            let queued = Vec::new();
            self.life = Life::Starting { queued };
        }
        locks.iter().filter_map(Job::request).collect()
    }

    /// The application came into sight or went out of it.
    pub(crate) fn seen<R: CryptoRng>(
        &mut self,
        visible: bool,
        form: Option<FormFactor>,
        cx: &mut Context<'_, R>,
    ) {
        // What was due before it came back stays due.
        self.lock_if_due(cx);
        let attention = &mut self.guard.attention;
        attention.form = form.unwrap_or(attention.form);
        let visibility = if visible {
            attention.show();
            Visibility::Visible
        } else {
            attention.hide(cx.now_ms);
            Visibility::Hidden
        };
        self.sync.set_visibility(cx.now_ms, visibility);
        self.lock_if_due(cx);
    }

    /// Takes a token that keeps the vault from locking by itself, or gives it
    /// back. What is due already stays due.
    pub(crate) fn keep_awake<R: CryptoRng>(
        &mut self,
        request: RequestId,
        token: String,
        on: bool,
        cx: &mut Context<'_, R>,
    ) {
        if self.lock_if_due(cx) {
            return cx.answer(request, Code::Locked);
        }
        let attention = &mut self.guard.attention;
        let result = if on {
            attention.keep_awake(token, cx.now_ms)
        } else {
            attention.release(&token, cx.now_ms);
            Ok(())
        };
        self.lock_if_due(cx);
        match result {
            Ok(()) => cx.answer(request, Reply::Done),
            Err(code) => cx.answer(request, code),
        }
    }

    /// The vault was opened: the lock is over here.
    pub(crate) fn guard_opened<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        self.announce_lock(cx);
        self.guard.locking = None;
        self.guard.attention.begin(cx.now_ms);
        self.load_lock_settings();
        if let Life::Open(open) = &mut self.life {
            open.drafts = Drafts::load(open, &self.device.drafts);
            open.latest = self.device.latest;
        }
        if let Some(note) = self.device.lock.take() {
            self.guard.lift = self.guard.lift.or(Lift::of(&note));
            let changes = vec![LockNote::delete()];
            let wait = Wait::SessionWritten { request: None };
            cx.write(&mut self.waiting, changes, wait);
        }
        self.lift_vault_lock(cx);
        self.lock_if_due(cx);
    }

    /// The lock that stands, for the application.
    pub(crate) fn lock_view(&self) -> Option<LockView> {
        if matches!(self.life, Life::Open(_)) {
            return None;
        }
        self.device.lock.as_ref().map(LockView::of)
    }
}

/// Whether a command shows what only an open vault may show.
pub(crate) const fn reads(command: &Command) -> bool {
    matches!(
        command,
        Command::Open { .. } | Command::List { .. } | Command::Search { .. } | Command::Drafts
    )
}

/// Whether a command comes from somebody who is there. Drafts are kept by the
/// application itself, on its way out.
pub(crate) const fn shows_presence(command: &Command) -> bool {
    !matches!(
        command,
        Command::KeepDraft(_) | Command::DiscardDraft { .. }
    )
}
