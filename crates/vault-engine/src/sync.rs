//! Rounds with the server: ask where the head is, fetch what is new, send
//! what is unsent.
//!
//! ```text
//! poll ─▶ download* ─▶ (upload ─▶ acknowledge ─▶ download*)* ─▶ done
//! ```
//! One round at a time. The schedule says when the next one begins; an edit
//! brings it forward.

mod status;
mod upload;

use crate::answer;
use crate::command::{Reply, RequestId, SyncStatus};
use crate::context::{Context, Waiting};
use crate::device::Session;
use crate::effect::{Method, Response, Timer, Unreachable};
use crate::job::Job;
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::rejoin::needs_choice;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::message::{DownloadRequest, DownloadResponse, PollResponse};
use sync_core::{
    Announcement, Begin, CheckOutcome, Delivery, Due, History, Outbox, Schedule, ScheduleConfig,
    endpoint,
};
use vault_types::{Code, Cursor, DeviceId, OpId, Seen, ServerEpoch, VaultId};

/// How long an edit waits for more edits before it is sent.
const GATHER_MS: u64 = 800;

/// Whom to talk to.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) vault_id: VaultId,
    pub(crate) device_id: DeviceId,
}

/// How things stand with the server.
pub(crate) struct Sync {
    schedule: Schedule,
    /// The history as far as it is verified and stored.
    history: Option<History>,
    /// The server's head, as last heard.
    server_cursor: Cursor,
    /// When the latest edit is to be sent.
    gather_until_ms: Option<u64>,
    /// Who waits for this round's end.
    asked: Vec<RequestId>,
    /// Who waits for the end of the next one, since they asked during this.
    asked_next: Vec<RequestId>,
    failed: Option<Code>,
    /// Whether a round has ended with what only the owner can decide, and none
    /// has ended well since.
    is_astray: bool,
    /// The server's epoch, as last heard.
    heard: Option<ServerEpoch>,
    /// Who wants the history to be followed anew; no round begins until then.
    rejoin: Rejoin,
    /// How many rounds have ended.
    rounds: u32,
    told: Option<SyncStatus>,
    /// Whether the server has found an operation ahead of its clock.
    is_ahead: bool,
    /// Bytes of the batch under way, for going over the own operations.
    sent: Vec<(OpId, Vec<u8>)>,
}

/// How far following the history anew has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rejoin {
    None,
    /// A round is to end first.
    Asked(RequestId),
    /// It is being written.
    Begun(RequestId),
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            schedule: Schedule::new(ScheduleConfig::default()),
            history: None,
            server_cursor: Cursor(0),
            gather_until_ms: None,
            asked: Vec::new(),
            asked_next: Vec::new(),
            failed: None,
            is_astray: false,
            heard: None,
            rejoin: Rejoin::None,
            rounds: 0,
            told: None,
            is_ahead: false,
            sent: Vec::new(),
        }
    }
}

impl Sync {
    /// Begins to follow a vault's history from where this device is.
    pub(crate) fn resume(&mut self, session: &Session, seen: Seen, now_ms: u64) {
        self.history = Some(History::resume(session.server_epoch, seen.into()));
        self.server_cursor = self.server_cursor.max(seen.cursor);
        self.schedule.resume(now_ms);
    }

    /// Ends the round under way and begins no other.
    pub(crate) fn pause<R: CryptoRng>(
        &mut self,
        outbox: &mut Outbox<Location>,
        cx: &mut Context<'_, R>,
    ) {
        outbox.fail(Delivery::Unknown);
        self.sent.clear();
        self.gather_until_ms = None;
        self.failed = None;
        if self.schedule.is_running() {
            self.schedule.finish(cx.now_ms, CheckOutcome::Done, 0);
        }
        self.schedule.pause();
        self.history = None;
        cx.set_timer(Timer::Check, None);
        if let Rejoin::Asked(request) = self.rejoin {
            cx.answer(request, Code::Stopped);
        }
        self.rejoin = Rejoin::None;
        for request in self.asked.drain(..).chain(self.asked_next.drain(..)) {
            cx.answer(request, Code::Stopped);
        }
    }

    /// What the authors of new operations have seen.
    pub(crate) fn seen(&self) -> Seen {
        self.history
            .map(|history| history.head().into())
            .unwrap_or_default()
    }

    /// Takes over a history whose operations are stored.
    pub(crate) fn advance(&mut self, history: History) {
        self.server_cursor = self.server_cursor.max(history.head().cursor);
        self.history = Some(history);
    }

    /// An edit was stored: send it, together with those that follow at once.
    pub(crate) fn edited<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        self.gather_until_ms.get_or_insert(cx.now_ms + GATHER_MS);
        self.set_timer(cx);
    }

    /// Begins a round now, or another one behind that under way, and answers
    /// `request` at its end.
    pub(crate) fn check_now(&mut self, request: Option<RequestId>, now_ms: u64) {
        if self.schedule.is_running() {
            self.asked_next.extend(request);
        } else {
            self.asked.extend(request);
        }
        self.schedule.check_now(now_ms);
    }

    /// Sends what was written without waiting for more of it.
    pub(crate) fn send_soon(&mut self, now_ms: u64) {
        self.schedule.check_soon(now_ms);
    }

    /// The number that the next round to begin will end with.
    pub(crate) const fn next_round(&self) -> u32 {
        let under_way = self.schedule.is_running() as u32;
        self.rounds.wrapping_add(1 + under_way)
    }

    /// Whether the round with that number has ended.
    pub(crate) const fn has_ended(&self, round: u32) -> bool {
        !self.schedule.is_running() && self.rounds.wrapping_sub(round) < u32::MAX / 2
    }

    /// Why the last round failed, if it did.
    pub(crate) const fn failure(&self) -> Option<Code> {
        self.failed
    }

    /// Slower out of sight; at once on return.
    pub(crate) fn set_visibility(&mut self, now_ms: u64, visibility: sync_core::Visibility) {
        self.schedule.set_visibility(now_ms, visibility);
    }

    /// Begins a round if one is due, and sets the timer for the next.
    pub(crate) fn run<R: CryptoRng>(
        &mut self,
        waiting: &mut Waiting,
        outbox: &mut Outbox<Location>,
        cx: &mut Context<'_, R>,
    ) {
        if self
            .gather_until_ms
            .is_some_and(|until_ms| cx.now_ms >= until_ms)
        {
            self.gather_until_ms = None;
            self.schedule.check_soon(cx.now_ms);
        }
        let due = self.schedule.due(cx.now_ms) == Due::Check;
        let due = due && self.rejoin == Rejoin::None;
        if due && self.history.is_some() && self.schedule.begin(cx.now_ms) == Begin::Go {
            self.failed = None;
            outbox.retry_refused();
            cx.send(
                waiting,
                Method::Get,
                endpoint::POLL,
                Vec::new(),
                Wait::Polled,
            );
        }
        self.set_timer(cx);
        self.tell(outbox, cx);
    }

    fn set_timer<R: CryptoRng>(&self, cx: &mut Context<'_, R>) {
        let next_ms = self.next_ms();
        let at_ms = match (next_ms, self.gather_until_ms) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        cx.set_timer(Timer::Check, at_ms);
    }

    /// When the next round begins by itself.
    fn next_ms(&self) -> Option<u64> {
        match self.schedule.due(0) {
            Due::At { time_ms } if !self.schedule.is_running() => Some(time_ms),
            _ => None,
        }
    }

    /// Whether only the owner can say how to go on.
    pub(crate) const fn needs_choice(&self) -> bool {
        self.is_astray
    }

    /// Takes the owner's word to follow the history anew; `false` if nothing
    /// asks for that.
    pub(crate) fn rejoin(&mut self, request: RequestId) -> bool {
        let may = self.needs_choice() && self.heard.is_some() && self.rejoin == Rejoin::None;
        if may {
            self.rejoin = Rejoin::Asked(request);
        }
        may
    }

    /// Who asked for it, once no round is under way.
    pub(crate) fn take_rejoin(&mut self) -> Option<RequestId> {
        match self.rejoin {
            Rejoin::Asked(request) if !self.schedule.is_running() => {
                self.rejoin = Rejoin::Begun(request);
                Some(request)
            }
            _ => None,
        }
    }

    /// A job came to nothing; that may have been this one.
    pub(crate) fn rejoin_failed(&mut self, request: RequestId) {
        if self.rejoin == Rejoin::Begun(request) {
            self.rejoin = Rejoin::None;
        }
    }

    /// The server's epoch, as last heard.
    pub(crate) const fn heard(&self) -> Option<ServerEpoch> {
        self.heard
    }

    /// Follows the history from its beginning.
    pub(crate) fn restart(&mut self, session: &Session, now_ms: u64) {
        self.rejoin = Rejoin::None;
        self.failed = None;
        self.is_astray = false;
        self.server_cursor = Cursor(0);
        self.history = Some(History::start(session.server_epoch));
        self.schedule.check_now(now_ms);
    }

    /// Notes what the server announces, and holds it against the history.
    pub(crate) fn hear(&mut self, poll: &PollResponse) -> Result<Announcement, Code> {
        self.heard = Some(poll.server_epoch);
        self.compare(poll)
    }

    /// Holds what the server announces against the history that was verified.
    fn compare(&self, poll: &PollResponse) -> Result<Announcement, Code> {
        let history = self.history.ok_or(Code::Stopped)?;
        let compared = history.compare(poll.server_epoch, poll.head);
        compared.map_err(|error| error.code())
    }

    /// Takes the server's head.
    pub(crate) fn polled<R: CryptoRng>(
        &mut self,
        poll: &PollResponse,
        peer: Peer,
        open: &mut OpenVault,
        waiting: &mut Waiting,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        self.server_cursor = poll.head.cursor;
        match self.compare(poll)? {
            Announcement::More => self.download(peer, waiting, cx),
            Announcement::UpToDate => {
                self.begin_sending(open);
                Ok(())
            }
        }
    }

    /// Asks for the next page of history.
    pub(crate) fn download<R: CryptoRng>(
        &self,
        peer: Peer,
        waiting: &mut Waiting,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        let request = DownloadRequest {
            vault_id: peer.vault_id,
            device_id: peer.device_id,
            since: self.seen().cursor,
            limit: None,
        };
        let body = sync_core::encode(&request).map_err(|_| Code::Internal)?;
        cx.send(
            waiting,
            Method::Post,
            endpoint::DOWNLOAD,
            body,
            Wait::Downloaded,
        );
        Ok(())
    }

    /// Verifies a page and has it taken in.
    pub(crate) fn downloaded(
        &mut self,
        result: Result<Response, Unreachable>,
        open: &mut OpenVault,
    ) -> Result<(), Code> {
        let page: DownloadResponse = answer::read(result).map_err(|code| match code {
            // The server holds less than it did a moment ago.
            Code::CursorAhead => Code::ServerReset,
            other => other,
        })?;
        if page.server_cursor < self.server_cursor {
            return Err(Code::ServerReset);
        }
        let announced = page.server_cursor;
        let history = self.history.ok_or(Code::Stopped)?;
        let (history, ops) = history.extend(page).map_err(|error| error.code())?;
        if ops.is_empty() && history.head().cursor < announced {
            // Else the same page would be asked for at once, for ever.
            return Err(Code::HistoryRewritten);
        }
        self.server_cursor = announced;
        open.jobs.push_back(Job::Apply { ops, history });
        Ok(())
    }

    /// A page is stored: fetch the next, or go on to send.
    pub(crate) fn applied<R: CryptoRng>(
        &mut self,
        history: History,
        peer: Peer,
        open: &mut OpenVault,
        waiting: &mut Waiting,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        self.advance(history);
        if history.head().cursor < self.server_cursor {
            return self.download(peer, waiting, cx);
        }
        self.begin_sending(open);
        Ok(())
    }

    /// This device has all of the history: it is its turn.
    fn begin_sending(&mut self, open: &mut OpenVault) {
        if core::mem::take(&mut self.is_ahead) {
            open.jobs.push_back(Job::Restamp);
        }
        open.jobs.push_back(Job::Upload);
    }

    /// Ends the round.
    pub(crate) fn finish<R: CryptoRng>(
        &mut self,
        result: Result<(), Code>,
        outbox: &mut Outbox<Location>,
        cx: &mut Context<'_, R>,
    ) {
        if let Err(code) = result {
            outbox.fail(Delivery::Unknown);
            self.failed = Some(code);
            self.is_astray |= needs_choice(code);
        } else {
            self.is_astray = false;
        }
        let outcome = if self.failed.is_some() {
            CheckOutcome::Failed
        } else {
            CheckOutcome::Done
        };
        self.rounds = self.rounds.wrapping_add(1);
        let random = u64::from_be_bytes(cx.random());
        self.schedule.finish(cx.now_ms, outcome, random);
        let status = self.status(outbox);
        for request in self.asked.drain(..) {
            cx.answer(request, Reply::Sync(status.clone()));
        }
        self.asked = core::mem::take(&mut self.asked_next);
        if outcome == CheckOutcome::Failed {
            // No round follows at once; this one's end is theirs too.
            for request in self.asked.drain(..) {
                cx.answer(request, Reply::Sync(status.clone()));
            }
        }
    }
}
