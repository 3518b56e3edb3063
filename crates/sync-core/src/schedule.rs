//! When to ask the server next.
//!
//! ```text
//!            begin                 finish
//!   Idle ───────────▶ Running ───────────────▶ Idle
//!    │ ▲                 │  deadline passes: the driver aborts, finish(Failed)
//!    ▼ │ resume          ▼ pause: the check under way ends, none begins
//!   Paused ◀──────────────
//! ```
//!
//! Contract: ask [`Schedule::due`] after every call below and when the time
//! that it named has come. Times are Unix milliseconds or any other clock that
//! the driver keeps to.

use vault_types::limits;

/// Numbers of a schedule, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// Between the end of a check and the next one.
    pub interval_ms: u64,
    /// The same while nobody looks.
    pub hidden_interval_ms: u64,
    /// Up to so much is added at random, so that devices do not ask at once.
    pub jitter_ms: u64,
    /// Wait after the first failure; doubled by each further one.
    pub backoff_ms: u64,
    /// Longest wait after failures, before jitter.
    pub backoff_ms_max: u64,
    /// How long one check may take.
    pub deadline_ms: u64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            interval_ms: limits::POLL_INTERVAL_MS,
            hidden_interval_ms: 4 * limits::POLL_INTERVAL_MS,
            jitter_ms: limits::POLL_INTERVAL_MS / 5,
            backoff_ms: 2_000,
            backoff_ms_max: 5 * 60 * 1000,
            deadline_ms: limits::CHECK_DEADLINE_MS,
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The server answered.
    Done,
    /// No answer, or one that asks to come later.
    Failed,
    /// More is waiting, so the next check may follow at once.
    More,
}

/// Whether somebody looks at the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It is on the screen.
    Visible,
    /// It is in the background.
    Hidden,
}

/// What the driver is to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Call [`Schedule::begin`] and check.
    Check,
    /// The check under way took too long: abort it, then call
    /// [`Schedule::finish`] with [`CheckOutcome::Failed`].
    Abort,
    /// Ask again then.
    At {
        /// When.
        time_ms: u64,
    },
    /// Nothing until [`Schedule::resume`].
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle { next_ms: u64 },
    Running { began_ms: u64 },
}

/// The times of the checks of one device.
#[derive(Debug, Clone)]
pub struct Schedule {
    config: ScheduleConfig,
    state: State,
    paused: bool,
    asked_again: bool,
    failures: u32,
    visibility: Visibility,
    last_done_ms: Option<u64>,
}

impl Schedule {
    /// A paused schedule; [`Self::resume`] makes the first check due.
    #[must_use]
    pub const fn new(config: ScheduleConfig) -> Self {
        Self {
            config,
            state: State::Idle { next_ms: 0 },
            paused: true,
            asked_again: false,
            failures: 0,
            visibility: Visibility::Visible,
            last_done_ms: None,
        }
    }

    /// What is to be done at `now_ms`.
    #[must_use]
    pub const fn due(&self, now_ms: u64) -> Due {
        match self.state {
            State::Running { began_ms } => {
                let time_ms = began_ms.saturating_add(self.config.deadline_ms);
                // A clock that was set back must not make a check endless.
                if now_ms >= time_ms || now_ms < began_ms {
                    Due::Abort
                } else {
                    Due::At { time_ms }
                }
            }
            State::Idle { .. } if self.paused => Due::Nothing,
            State::Idle { next_ms } if now_ms >= next_ms => Due::Check,
            State::Idle { next_ms } => Due::At { time_ms: next_ms },
        }
    }

    /// Begins a check. Returns whether it may begin: never while one runs or
    /// while paused.
    pub const fn begin(&mut self, now_ms: u64) -> Begin {
        if self.paused || matches!(self.state, State::Running { .. }) {
            return Begin::NotNow;
        }
        self.state = State::Running { began_ms: now_ms };
        self.asked_again = false;
        Begin::Go
    }

    /// Ends the check under way. `random` is any number; it becomes jitter.
    pub fn finish(&mut self, now_ms: u64, outcome: CheckOutcome, random: u64) {
        let State::Running { .. } = self.state else {
            return;
        };
        let wait_ms = match outcome {
            CheckOutcome::Failed => {
                self.failures = self.failures.saturating_add(1);
                self.backoff_ms(random)
            }
            CheckOutcome::Done | CheckOutcome::More => {
                self.failures = 0;
                self.last_done_ms = Some(now_ms);
                let at_once = outcome == CheckOutcome::More || self.asked_again;
                if at_once { 0 } else { self.interval_ms(random) }
            }
        };
        self.asked_again = false;
        self.state = State::Idle {
            next_ms: now_ms.saturating_add(wait_ms),
        };
    }

    /// Asks for a check now: something was written, or the person wants it.
    /// While one runs, another follows it if it succeeds.
    pub const fn check_now(&mut self, now_ms: u64) {
        match self.state {
            State::Running { .. } => self.asked_again = true,
            State::Idle { .. } => self.state = State::Idle { next_ms: now_ms },
        }
    }

    /// Something was written: like [`Self::check_now`], but keeps to the wait
    /// after failures, so that typing while offline is no storm.
    pub const fn check_soon(&mut self, now_ms: u64) {
        if self.failures == 0 || matches!(self.state, State::Running { .. }) {
            self.check_now(now_ms);
        }
    }

    /// Begins no further check until [`Self::resume`].
    pub const fn pause(&mut self) {
        self.paused = true;
    }

    /// Goes on, with a check at once.
    pub const fn resume(&mut self, now_ms: u64) {
        self.paused = false;
        self.failures = 0;
        self.check_now(now_ms);
    }

    /// Somebody looks, or nobody does. Coming back makes a check due.
    pub fn set_visibility(&mut self, now_ms: u64, visibility: Visibility) {
        let came_back = self.visibility == Visibility::Hidden && visibility == Visibility::Visible;
        self.visibility = visibility;
        if came_back {
            self.check_now(now_ms);
        }
    }

    /// Whether a check is under way.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// When the server last answered.
    #[must_use]
    pub const fn last_done_ms(&self) -> Option<u64> {
        self.last_done_ms
    }

    /// How many checks in a row have failed.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    const fn interval_ms(&self, random: u64) -> u64 {
        let interval_ms = match self.visibility {
            Visibility::Visible => self.config.interval_ms,
            Visibility::Hidden => self.config.hidden_interval_ms,
        };
        interval_ms.saturating_add(self.jitter_ms(random))
    }

    fn backoff_ms(&self, random: u64) -> u64 {
        let doublings = self.failures.saturating_sub(1).min(32);
        let wait_ms = self.config.backoff_ms.saturating_mul(1 << doublings);
        wait_ms
            .min(self.config.backoff_ms_max)
            .saturating_add(self.jitter_ms(random))
    }

    const fn jitter_ms(&self, random: u64) -> u64 {
        random % self.config.jitter_ms.saturating_add(1)
    }
}

/// Whether a check may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// It has begun.
    Go,
    /// One runs already, or the schedule is paused.
    NotNow,
}
