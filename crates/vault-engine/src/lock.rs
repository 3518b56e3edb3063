//! Locking: by hand, for idleness, and on the way out. What was asked for
//! before a lock is still written; what comes after it is not.

use crate::command::{Command, Reply, RequestId};
use crate::context::Context;
use crate::effect::Timer;
use crate::engine::{Engine, Life};
use crate::job::Job;
use rand_core::CryptoRng;
use vault_types::{Code, limits};

/// A clock that was set back by less is taken for one that was corrected.
const CLOCK_CORRECTION_MS_MAX: u64 = 60 * 1000;

impl Engine {
    /// The idle time starts again, unless it is over already: after a sleep
    /// the first movement may come before the timer.
    pub(crate) fn active<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if self.is_idle(cx.now_ms) {
            return self.lock_soon();
        }
        self.touch(cx);
    }

    /// The idle time starts now.
    pub(crate) fn touch<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        self.touched_ms = cx.now_ms;
        cx.set_timer(Timer::Idle, Some(cx.now_ms + limits::IDLE_LOCK_MS));
    }

    /// Whether nobody did anything for long enough by the clock, or the clock
    /// was set back so far that nobody can tell.
    pub(crate) fn is_idle(&self, now_ms: u64) -> bool {
        match now_ms.checked_sub(self.touched_ms) {
            Some(idle_ms) => idle_ms >= limits::IDLE_LOCK_MS,
            None => self.touched_ms - now_ms > CLOCK_CORRECTION_MS_MAX,
        }
    }

    /// Locks if it is time to.
    pub(crate) fn lock_if_idle<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if !matches!(self.life, Life::Open(_)) {
            return;
        }
        if self.is_idle(cx.now_ms) {
            self.lock_soon();
        } else {
            let at_ms = self.touched_ms + limits::IDLE_LOCK_MS;
            cx.set_timer(Timer::Idle, Some(at_ms));
        }
    }

    /// Locks behind the writes that were asked for.
    fn lock_soon(&mut self) {
        if let Life::Open(open) = &mut self.life {
            open.jobs.push_back(Job::Lock { request: None });
        }
    }

    /// Forgets every key and everything readable.
    pub(crate) fn lock<R: CryptoRng>(
        &mut self,
        request: Option<RequestId>,
        cx: &mut Context<'_, R>,
    ) {
        if !matches!(self.life, Life::Open(_)) {
            return;
        }
        let Life::Open(open) = core::mem::replace(&mut self.life, Life::Closed) else {
            return;
        };
        for (request, _) in &open.searches {
            cx.answer(*request, Code::Stopped);
        }
        let (locks, jobs): (Vec<Job>, Vec<Job>) = open
            .jobs
            .into_iter()
            .partition(|job| matches!(job, Job::Lock { .. }));
        for request in jobs.iter().filter_map(Job::request) {
            cx.answer(request, Code::Stopped);
        }
        for request in self.waiting.forget_open() {
            cx.answer(request, Code::Stopped);
        }
        self.sync.pause(&mut self.outbox, cx);
        cx.set_timer(Timer::Idle, None);
        let asked = locks.iter().filter_map(Job::request);
        for request in request.into_iter().chain(asked) {
            cx.answer(request, Reply::State(self.state()));
        }
        self.tell_state(cx);
    }
}

/// Whether a command shows what only an open vault may show.
pub(crate) const fn reads(command: &Command) -> bool {
    matches!(
        command,
        Command::Open { .. } | Command::List { .. } | Command::Search { .. }
    )
}
