//! A device: the real engine, its storage, its clock and the person before it.

use crate::dice;
use crate::disk::Disk;
use crate::oracle::{Home, Mark};
use crate::server::Cookie;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use vault_engine::{
    Answer, Change, Effect, EffectId, Engine, Event, Flush, Query, RequestId, SyncStatus, Timer,
};
use vault_types::{OpId, RecordId};

/// Something that the storage is to do, in its turn.
pub(crate) enum Work {
    Write(EffectId, Vec<Change>, Flush),
    Read(EffectId, Vec<Query>),
}

/// What the person meant by a request.
pub(crate) enum Intent {
    /// To look: the answer is at hand at once.
    Look,
    /// New notes that bear these marks.
    Write(Vec<Mark>),
    /// An edit that leaves this mark.
    Save(Mark),
    /// Files, by the marks that they leave.
    Import(Vec<Mark>),
    /// To read a note in order to change it.
    OpenToEdit,
    /// To read a note before it is deleted.
    OpenToRemove,
    /// To read every note.
    Show,
    /// To delete a note.
    Remove(RecordId, BTreeSet<Mark>),
    /// To keep the vault open to the end.
    KeepAwake,
    /// Anything else, by its name.
    Other(&'static str),
}

/// A note as a device shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    pub(crate) id: RecordId,
    pub(crate) revision: OpId,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) conflict_copy: bool,
}

impl core::fmt::Display for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (id, revision, title, text) = (self.id, self.revision, &self.title, &self.text);
        write!(f, "{id} at {revision} {title:?} {text:?}")
    }
}

/// One device.
pub(crate) struct Device {
    pub(crate) number: usize,
    engine: Engine,
    rng: ChaCha8Rng,
    /// How far its clock is from the right time.
    pub(crate) clock_error_ms: i64,
    pub(crate) disk: Disk,
    pub(crate) works: VecDeque<Work>,
    /// When the storage has done what it was asked.
    pub(crate) disk_free_ms: u64,
    pub(crate) cookie: Option<Cookie>,
    /// Counts the processes: what was meant for an earlier one is dropped.
    pub(crate) life: u32,
    /// Counts the times that the storage was empty.
    pub(crate) era: u32,
    pub(crate) up: bool,
    pub(crate) timers: BTreeMap<Timer, (u64, u64)>,
    settings: u64,
    /// Requests to the server that have no answer yet.
    pub(crate) in_flight: BTreeSet<EffectId>,
    pub(crate) asked: BTreeMap<RequestId, Intent>,
    last_request: u32,
    /// The answer to the latest look.
    pub(crate) look: Option<Answer>,
    /// The process ends after so many effects more.
    pub(crate) crash_in: Option<u32>,
    /// It has no network.
    pub(crate) cut_off: bool,
    /// Its vault is open, as it last said.
    pub(crate) is_open: bool,
    /// The person has a note open and is typing.
    pub(crate) is_typing: bool,
    /// Notes that the person has deleted.
    pub(crate) removed: Vec<RecordId>,
    /// It stays open from here on.
    pub(crate) is_awake: bool,
    /// The server has refused something, since the session has ended.
    pub(crate) must_sign_in: bool,
    pub(crate) status: Option<SyncStatus>,
    pub(crate) shown: Vec<Shown>,
    /// The poll that began a round, and not an unlock.
    pub(crate) round_poll: Option<EffectId>,
    /// A lie that was heard and not yet named: what, and how many requests
    /// may still go out before it must be.
    pub(crate) lie: Option<(crate::liar::Lie, u32)>,
}

impl Device {
    pub(crate) fn new(seed: u64, number: usize) -> Self {
        Self {
            number,
            engine: Engine::new(),
            rng: dice::stream(seed, 1_000 + number as u64),
            clock_error_ms: 0,
            disk: Disk::default(),
            works: VecDeque::new(),
            disk_free_ms: 0,
            cookie: None,
            life: 0,
            era: 0,
            up: false,
            timers: BTreeMap::new(),
            settings: 0,
            in_flight: BTreeSet::new(),
            asked: BTreeMap::new(),
            last_request: 0,
            look: None,
            crash_in: None,
            cut_off: false,
            is_open: false,
            is_typing: false,
            removed: Vec::new(),
            is_awake: false,
            must_sign_in: false,
            status: None,
            shown: Vec::new(),
            round_poll: None,
            lie: None,
        }
    }

    /// The time that its clock shows.
    pub(crate) fn now_ms(&self, world_ms: u64) -> u64 {
        world_ms.saturating_add_signed(self.clock_error_ms)
    }

    /// Its storage as it is now.
    pub(crate) const fn home(&self) -> Home {
        Home {
            device: self.number,
            era: self.era,
        }
    }

    /// Hands the engine an event.
    pub(crate) fn handle(&mut self, world_ms: u64, event: Event) -> Vec<Effect> {
        let now_ms = self.now_ms(world_ms);
        self.engine.handle(now_ms, &mut self.rng, event)
    }

    /// A number for a new request, and what it is for.
    pub(crate) fn note(&mut self, intent: Intent) -> RequestId {
        self.last_request += 1;
        let request = RequestId(self.last_request);
        self.asked.insert(request, intent);
        request
    }

    /// Sets a timer, and gives the number of the setting.
    pub(crate) fn set_timer(&mut self, timer: Timer, at_ms: Option<u64>) -> Option<u64> {
        self.timers.remove(&timer);
        let at_ms = at_ms?;
        self.settings += 1;
        self.timers.insert(timer, (self.settings, at_ms));
        Some(self.settings)
    }

    /// Takes a timer whose time has come, unless it was set anew.
    pub(crate) fn take_timer(&mut self, timer: Timer, setting: u64) -> bool {
        let holds = self.timers.get(&timer).is_some_and(|set| set.0 == setting);
        if holds {
            self.timers.remove(&timer);
        }
        holds
    }

    /// Whether the process ends before this effect.
    pub(crate) fn crashes_now(&mut self) -> bool {
        match &mut self.crash_in {
            Some(0) => {
                self.crash_in = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    /// The process ends. Of the writes under way the first `done` still
    /// happen; the caller has decided.
    pub(crate) fn end(&mut self, done: usize) {
        for (at, work) in core::mem::take(&mut self.works).into_iter().enumerate() {
            if let (Work::Write(_, changes, flush), true) = (work, at < done) {
                // Nobody is left to hear whether it was refused.
                let _ = self.disk.write(changes, flush);
            }
        }
        self.engine = Engine::new();
        self.up = false;
        self.life += 1;
        self.timers.clear();
        self.in_flight.clear();
        self.asked.clear();
        self.crash_in = None;
        self.is_open = false;
        self.is_awake = false;
        self.must_sign_in = false;
        self.is_typing = false;
        self.status = None;
        self.round_poll = None;
        self.lie = None;
    }
}
