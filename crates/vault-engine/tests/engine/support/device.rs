//! A device: the engine, its disk, its cookie and its clock.

use super::START_MS;
use super::disk::{Disk, Written};
use super::server::{Cookie, Net};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use vault_core::{
    KdfParams, KdfRequest, NewSlot, Passphrase, Policy, StretchedKey, VaultIdentity, create_vault,
};
use vault_engine::{
    Answer, Change, Command, Effect, EffectId, Engine, Event, Notice, Query, Reply, Request,
    RequestId, Timer,
};
use vault_types::{AccountId, CredentialId, RecordId, VaultId};
use zeroize::Zeroizing;

/// More steps than any test takes: what goes on for ever fails.
const STEPS_MAX: usize = 200_000;

/// What the world around the engine does not get round to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Hold {
    pub(crate) writes: bool,
    pub(crate) reads: bool,
    pub(crate) sends: bool,
}

enum Due {
    Write(EffectId, Vec<Change>),
    Read(EffectId, Vec<Query>),
    Send(EffectId, Request),
    Stretch(EffectId, KdfRequest, Passphrase),
}

/// How the passphrase is stretched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kdf {
    /// One hash, as a very fast platform would: the engine does not look.
    Quick,
    /// The real one.
    Real,
}

pub(crate) struct Device {
    engine: Engine,
    rng: ChaCha20Rng,
    pub(crate) now_ms: u64,
    pub(crate) disk: Disk,
    pub(crate) net: Net,
    pub(crate) cookie: Cookie,
    pub(crate) hold: Hold,
    pub(crate) kdf: Kdf,
    due: VecDeque<Due>,
    timers: BTreeMap<u8, (Timer, u64)>,
    last_request: u32,
    asked: Vec<RequestId>,
    answers: BTreeMap<RequestId, Vec<Answer>>,
    pub(crate) notices: Vec<Notice>,
    /// The power is gone: nothing is carried out until a restart.
    pub(crate) dead: bool,
}

impl Device {
    pub(crate) fn new(net: &Net, seed: u64) -> Self {
        let mut device = Self {
            engine: Engine::new(),
            rng: ChaCha20Rng::seed_from_u64(seed),
            now_ms: START_MS,
            disk: Disk::default(),
            net: Net::clone(net),
            cookie: Cookie::default(),
            hold: Hold::default(),
            kdf: Kdf::Quick,
            due: VecDeque::new(),
            timers: BTreeMap::new(),
            last_request: 0,
            asked: Vec::new(),
            answers: BTreeMap::new(),
            notices: Vec::new(),
            dead: false,
        };
        device.feed(Event::Start);
        device.settle();
        device
    }

    /// The process ends and begins again: what was not written is gone.
    pub(crate) fn restart(&mut self) {
        self.engine = Engine::new();
        self.due.clear();
        self.timers.clear();
        self.asked.clear();
        self.answers.clear();
        self.notices.clear();
        self.dead = false;
        self.hold = Hold::default();
        self.feed(Event::Start);
        self.settle();
    }

    /// Asks, without waiting for anything.
    pub(crate) fn ask(&mut self, command: Command) -> RequestId {
        self.last_request += 1;
        let request = RequestId(self.last_request);
        self.asked.push(request);
        self.feed(Event::Command { request, command });
        request
    }

    /// Asks and waits; `None` if nothing answers, as after the power went.
    pub(crate) fn try_call(&mut self, command: Command) -> Option<Answer> {
        let request = self.ask(command);
        self.settle();
        self.take(request)
    }

    /// Asks and waits for the answer.
    pub(crate) fn call(&mut self, command: Command) -> Answer {
        self.try_call(command).expect("an answer")
    }

    /// The answer to a request, if it has come. No request has two.
    pub(crate) fn take(&mut self, request: RequestId) -> Option<Answer> {
        let answers = self.answers.get_mut(&request)?;
        assert_eq!(answers.len(), 1, "{request:?} was answered twice");
        answers.pop()
    }

    /// The answer to a request, if it has come, left for [`Self::take`].
    pub(crate) fn peek(&self, request: RequestId) -> Option<&Answer> {
        self.answers.get(&request)?.first()
    }

    /// The note that a request wrote, once it is answered.
    pub(crate) fn peek_saved(&self, request: RequestId) -> Option<RecordId> {
        match self.peek(request)? {
            Ok(Reply::Saved(items)) => items.first().map(|item| item.id),
            _ => None,
        }
    }

    /// Every request that was asked has had one answer, no more, no less.
    pub(crate) fn assert_all_answered_once(&mut self) {
        for request in &self.asked {
            assert!(self.answers.contains_key(request), "{request:?} hangs");
        }
        assert!(
            self.answers
                .keys()
                .all(|request| self.asked.contains(request))
        );
    }

    fn feed(&mut self, event: Event) {
        if self.dead {
            return;
        }
        let effects = self.engine.handle(self.now_ms, &mut self.rng, event);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Answer { request, answer } => {
                let answers = self.answers.entry(request);
                if let std::collections::btree_map::Entry::Occupied(_) = &answers {
                    panic!("{request:?} was answered twice");
                }
                answers.or_default().push(answer);
            }
            Effect::Notify(notice) => self.notices.push(notice),
            Effect::Write { id, changes, .. } => self.due.push_back(Due::Write(id, changes)),
            Effect::Read { id, queries } => self.due.push_back(Due::Read(id, queries)),
            Effect::Send { id, request } => self.due.push_back(Due::Send(id, request)),
            Effect::Stretch {
                id,
                request,
                passphrase,
            } => self.due.push_back(Due::Stretch(id, request, passphrase)),
            Effect::SetTimer { timer, at_ms } => {
                let key = number(timer);
                match at_ms {
                    Some(at_ms) => self.timers.insert(key, (timer, at_ms)),
                    None => self.timers.remove(&key),
                };
            }
        }
    }

    /// Carries out everything that is due and not held back, in order.
    pub(crate) fn settle(&mut self) {
        for _ in 0..STEPS_MAX {
            if !self.step() {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Carries out one thing; `false` if there is none.
    pub(crate) fn step(&mut self) -> bool {
        let hold = self.hold;
        let at = self.due.iter().position(|due| match due {
            Due::Write(..) => !hold.writes,
            Due::Read(..) => !hold.reads,
            Due::Send(..) => !hold.sends,
            Due::Stretch(..) => true,
        });
        if let Some(due) = at.and_then(|at| self.due.remove(at)) {
            self.finish(due);
            return !self.dead;
        }
        let now_ms = self.now_ms;
        let timer = self.timers.iter().find(|(_, (_, at_ms))| *at_ms <= now_ms);
        let Some((&key, &(timer, _))) = timer else {
            return false;
        };
        self.timers.remove(&key);
        self.feed(Event::Timer(timer));
        true
    }

    fn finish(&mut self, due: Due) {
        match due {
            Due::Write(id, changes) => match self.disk.write(changes) {
                Written::Told(result) => self.feed(Event::Written { id, result }),
                Written::PowerLost => self.dead = true,
            },
            Due::Read(id, queries) => {
                let result = self.disk.read(&queries);
                self.feed(Event::Loaded { id, result });
            }
            Due::Send(id, request) => {
                let result = self
                    .net
                    .borrow_mut()
                    .receive(&mut self.cookie, &request, self.now_ms);
                self.feed(Event::Received { id, result });
            }
            Due::Stretch(id, request, passphrase) => {
                let result = match self.kdf {
                    Kdf::Real => request.stretch(&passphrase),
                    Kdf::Quick => Ok(quick_key(&request, &passphrase)),
                };
                self.feed(Event::Stretched { id, result });
            }
        }
    }

    /// Lets time pass, timer by timer.
    pub(crate) fn advance(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        for _ in 0..STEPS_MAX {
            self.settle();
            let next = self.timers.values().map(|(_, at_ms)| *at_ms).min();
            match next {
                Some(at_ms) if at_ms <= until_ms => self.now_ms = at_ms.max(self.now_ms),
                _ => {
                    self.now_ms = until_ms;
                    return;
                }
            }
        }
        panic!("time never passes");
    }

    /// The clock jumps; timers run on their own and do not notice.
    pub(crate) fn set_clock(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
    }

    /// Fires a timer now, whatever the clock says.
    pub(crate) fn fire(&mut self, timer: Timer) {
        self.timers.remove(&number(timer));
        self.feed(Event::Timer(timer));
        self.settle();
    }
}

/// The slots of a vault as the first specification made them.
pub(crate) fn slots_of_100_000_rounds(account_id: AccountId, vault_id: VaultId) -> Vec<u8> {
    let mut rng = ChaCha20Rng::seed_from_u64(100_000);
    let policy = Policy {
        kdf: KdfParams::Pbkdf2Sha256 {
            iterations: 100_000,
        },
        ..Policy::V1
    };
    let kdf = KdfRequest::for_new_slot(&policy, &mut rng).unwrap();
    let passphrase = Passphrase::new(super::PASSPHRASE).unwrap();
    let key = quick_key(&kdf, &passphrase);
    let slot = NewSlot {
        credential_id: CredentialId::from_random([5; 16]),
        label: "Passphrase",
    };
    let identity = VaultIdentity {
        account_id,
        vault_id,
    };
    let made = create_vault(identity, &policy, slot, key, &mut rng);
    made.unwrap().1.to_json().unwrap()
}

fn quick_key(request: &KdfRequest, passphrase: &Passphrase) -> StretchedKey {
    let mut sha = Sha256::new();
    sha.update(request.salt().as_bytes());
    sha.update(passphrase.expose_bytes());
    request.accept_platform(Zeroizing::new(sha.finalize().into()))
}

/// Which timer comes first, if several are due.
const fn number(timer: Timer) -> u8 {
    match timer {
        Timer::Idle => 0,
        Timer::Check => 1,
        Timer::Lock => 2,
        Timer::Tell => 3,
    }
}
