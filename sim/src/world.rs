//! The world of one history: devices, a server, what lies between them, and
//! a clock that only this file moves.

use crate::agenda::Agenda;
use crate::counts::{Counts, Kind};
use crate::device::{Device, Intent, Work};
use crate::dice::Dice;
use crate::founding::{self, quick_key};
use crate::liar::Liar;
use crate::network::{Parcel, Sender};
use crate::oracle::Oracle;
use crate::person::Typing;
use crate::plan::{Plan, Sabotage};
use crate::server::Server;
use crate::verdict::Violation;
use std::collections::BTreeMap;
use vault_core::{KdfRequest, Passphrase};
use vault_engine::{Answer, Command, Effect, EffectId, Event, Notice, Phase, RequestId, Timer};
use vault_types::Code;

/// The virtual time at which every history begins: 2026-01-01.
pub(crate) const START_MS: u64 = 1_767_225_600_000;
/// More happenings than any history has: what goes on for ever fails.
const STEPS_MAX: u64 = 3_000_000;

/// What can be due.
pub(crate) enum Happening {
    /// Somebody does something, or something breaks.
    Act,
    /// A device's storage has done the next thing.
    DiskDone { device: usize, life: u32 },
    /// A passphrase is stretched.
    Stretched {
        device: usize,
        life: u32,
        id: EffectId,
        request: KdfRequest,
        passphrase: Passphrase,
    },
    /// A timer's time has come.
    Timer {
        device: usize,
        life: u32,
        timer: Timer,
        setting: u64,
    },
    /// A request reaches the server.
    Arrival(Box<Parcel>),
    /// An answer reaches its device.
    Answer(Box<crate::network::Reply>),
    /// Nothing has come back.
    GiveUp(Sender),
    /// The server's disk has what was uploaded.
    Commit { boot: u32 },
    /// The server's process is there again.
    ServerUp,
    /// A device's process begins.
    Start { device: usize },
    /// A worker is ended, since its vault was locked.
    WorkerEnd { device: usize, life: u32 },
    /// A device has a network again.
    Reconnect { device: usize },
    /// A device's storage works again.
    DiskMended { device: usize },
    /// A person has typed.
    Typed {
        device: usize,
        life: u32,
        typing: Box<Typing>,
    },
    /// A person has made up their mind to delete.
    RemoveNow {
        device: usize,
        life: u32,
        typing: Box<Typing>,
    },
}

/// The world.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) now_ms: u64,
    pub(crate) agenda: Agenda,
    pub(crate) devices: Vec<Device>,
    pub(crate) server: Server,
    pub(crate) server_up: bool,
    /// Counts the server's processes.
    pub(crate) boot: u32,
    /// Answers that wait for a commit.
    pub(crate) uncommitted: Vec<crate::network::Reply>,
    pub(crate) liar: Liar,
    pub(crate) oracle: Oracle,
    pub(crate) counts: Counts,
    /// Requests by address.
    pub(crate) requests: BTreeMap<String, u64>,
    pub(crate) acts_left: u64,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
    pub(crate) violations: Vec<Violation>,
    /// Files by path and version, and the mark that each leaves.
    pub(crate) files: BTreeMap<(u64, u64), crate::oracle::Mark>,
    steps: u64,
    tale: Option<Vec<String>>,
}

impl World {
    /// The world of a plan, before anything happens. `None` if no vault could
    /// be made.
    pub(crate) fn new(plan: Plan, with_tale: bool) -> Option<Self> {
        let (founding, vault) = founding::found(plan.seed)?;
        let devices = (0..plan.devices).map(|at| Device::new(plan.seed, at));
        Some(Self {
            dice: Dice::new(plan.seed, 2),
            now_ms: START_MS,
            agenda: Agenda::default(),
            devices: devices.collect(),
            server: Server::new(founding, plan.page_ops_max),
            server_up: true,
            boot: 0,
            uncommitted: Vec::new(),
            liar: Liar::new(plan.lie, plan.seed),
            oracle: Oracle::new(vault),
            counts: Counts::default(),
            requests: BTreeMap::new(),
            acts_left: plan.actions,
            calm: false,
            violations: Vec::new(),
            files: BTreeMap::new(),
            steps: 0,
            tale: with_tale.then(Vec::new),
            plan,
        })
    }

    /// What happened, in words, if that was asked for.
    pub(crate) fn take_tale(&mut self) -> Vec<String> {
        self.tale.take().unwrap_or_default()
    }

    /// Tells what happens, if somebody listens.
    pub(crate) fn tell(&mut self, words: impl FnOnce() -> String) {
        if let Some(tale) = &mut self.tale {
            let ms = self.now_ms - START_MS;
            let (s, ms) = (ms / 1_000, ms % 1_000);
            let (h, m, s) = (s / 3_600, s / 60 % 60, s % 60);
            tale.push(format!("{h:02}:{m:02}:{s:02}.{ms:03} {}", words()));
        }
    }

    /// Plans something for later.
    pub(crate) fn plan_in(&mut self, ms: u64, what: Happening) {
        self.agenda.plan(self.now_ms + ms, what);
    }

    /// Lets everything happen that is due until then.
    pub(crate) fn run_until(&mut self, until_ms: u64) {
        while self.violations.is_empty() {
            let Some((at_ms, what)) = self.agenda.next_by(until_ms) else {
                break;
            };
            self.now_ms = at_ms;
            self.steps += 1;
            if self.steps > STEPS_MAX {
                self.violations.push(Violation::NeverRests);
            }
            self.happen(what);
        }
        self.now_ms = self.now_ms.max(until_ms);
    }

    fn is_alive(&self, device: usize, life: u32) -> bool {
        let device = &self.devices[device];
        device.up && device.life == life
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Act => self.act(),
            Happening::DiskDone { device, life } if self.is_alive(device, life) => {
                self.disk_done(device);
            }
            Happening::Stretched {
                device,
                life,
                id,
                request,
                passphrase,
            } if self.is_alive(device, life) => {
                let result = Ok(quick_key(&request, &passphrase));
                self.feed(device, Event::Stretched { id, result });
            }
            Happening::Timer {
                device,
                life,
                timer,
                setting,
            } if self.is_alive(device, life) && self.devices[device].take_timer(timer, setting) => {
                self.feed(device, Event::Timer(timer));
            }
            Happening::Arrival(parcel) => self.arrive(*parcel),
            Happening::Answer(reply) => self.deliver(*reply),
            Happening::GiveUp(sender) => self.give_up(sender),
            Happening::Commit { boot } if boot == self.boot => self.commit(),
            Happening::ServerUp => self.server_up = true,
            Happening::Start { device } => self.start(device),
            Happening::WorkerEnd { device, life } if self.is_alive(device, life) => {
                self.counts.add(Kind::WorkerEnd);
                self.end_process(device, 1);
            }
            Happening::Reconnect { device } => self.devices[device].cut_off = false,
            Happening::DiskMended { device } => self.devices[device].disk.mend(),
            Happening::Typed {
                device,
                life,
                typing,
            } if self.is_alive(device, life) => self.typed(device, *typing),
            Happening::RemoveNow {
                device,
                life,
                typing,
            } if self.is_alive(device, life) => self.remove_now(device, *typing),
            // Meant for a process that is gone.
            _ => {}
        }
    }

    /// A device's process begins.
    pub(crate) fn start(&mut self, device: usize) {
        if !self.devices[device].up {
            self.devices[device].up = true;
            self.tell(|| format!("device {device} starts"));
            self.feed(device, Event::Start);
        }
    }

    /// A device's process ends, and begins again after a while. Of the writes
    /// under way some still happen, in their order.
    pub(crate) fn end_process(&mut self, device: usize, back_in_ms: u64) {
        let under_way = self.devices[device].works.len() as u64;
        let done = self.dice.between(0, under_way) as usize;
        self.devices[device].end(done);
        self.tell(|| format!("device {device} ends, {done} of {under_way} disk works done"));
        self.plan_in(back_in_ms, Happening::Start { device });
    }

    /// Hands an engine an event and does what it asks for.
    pub(crate) fn feed(&mut self, device: usize, event: Event) {
        let effects = self.devices[device].handle(self.now_ms, event);
        let mut poll = None;
        for effect in effects {
            if self.devices[device].crashes_now() {
                self.counts.add(Kind::CrashMidway);
                self.devices[device].disk.lose_power();
                let back_in_ms = self.dice.wait_ms(5_000, 600_000);
                return self.end_process(device, back_in_ms);
            }
            match &effect {
                Effect::Send { id, request } if request.path == sync_core::endpoint::POLL => {
                    poll = Some(*id);
                }
                Effect::Notify(Notice::Sync(status)) if is_syncing(status) && poll.is_some() => {
                    self.devices[device].round_poll = poll;
                }
                _ => {}
            }
            self.carry_out(device, effect);
        }
    }

    fn carry_out(&mut self, device: usize, effect: Effect) {
        let life = self.devices[device].life;
        #[allow(unreachable_patterns)]
        match effect {
            Effect::Answer { request, answer } => self.answered(device, request, answer),
            Effect::Notify(notice) => self.noticed(device, notice),
            Effect::Write { id, changes, flush } => {
                self.queue_work(device, Work::Write(id, changes, flush));
            }
            Effect::Read { id, queries } => self.queue_work(device, Work::Read(id, queries)),
            Effect::Send { id, request } => self.send(device, id, request),
            Effect::Stretch {
                id,
                request,
                passphrase,
            } => {
                let what = Happening::Stretched {
                    device,
                    life,
                    id,
                    request,
                    passphrase,
                };
                self.plan_in(90, what);
            }
            Effect::SetTimer { timer, at_ms } => {
                let now_ms = self.devices[device].now_ms(self.now_ms);
                let setting = self.devices[device].set_timer(timer, at_ms);
                if let (Some(setting), Some(at_ms)) = (setting, at_ms) {
                    let wait_ms = at_ms.saturating_sub(now_ms);
                    self.set_alarm(device, timer, setting, wait_ms);
                }
            }
            // Of a newer engine; the simulator has no such part of a device.
            _ => {}
        }
    }

    pub(crate) fn set_alarm(&mut self, device: usize, timer: Timer, setting: u64, wait_ms: u64) {
        let life = self.devices[device].life;
        let at_ms = self.now_ms.saturating_add(wait_ms);
        let what = Happening::Timer {
            device,
            life,
            timer,
            setting,
        };
        self.agenda.plan(at_ms, what);
    }

    fn queue_work(&mut self, device: usize, work: Work) {
        let takes_ms = if self.calm {
            1
        } else {
            self.dice.wait_ms(6, 2_000)
        };
        let now_ms = self.now_ms;
        let it = &mut self.devices[device];
        it.works.push_back(work);
        let done_ms = it.disk_free_ms.max(now_ms) + takes_ms;
        it.disk_free_ms = done_ms;
        let life = it.life;
        self.agenda
            .plan(done_ms, Happening::DiskDone { device, life });
    }

    fn disk_done(&mut self, device: usize) {
        let it = &mut self.devices[device];
        let event = match it.works.pop_front() {
            Some(Work::Write(id, changes, flush)) => {
                let forgets = self.plan.sabotage == Sabotage::ForgetfulDisk && self.dice.chance(30);
                let result = if forgets {
                    Ok(())
                } else {
                    it.disk.write(changes, flush)
                };
                if result.is_err() {
                    self.counts.add(Kind::DiskRefusal);
                    self.tell(|| format!("device {device}: a write is refused"));
                }
                Event::Written { id, result }
            }
            Some(Work::Read(id, queries)) => {
                let result = it.disk.read(&queries);
                Event::Loaded { id, result }
            }
            None => return,
        };
        self.feed(device, event);
    }

    /// Asks an engine something.
    pub(crate) fn ask(&mut self, device: usize, command: Command, intent: Intent) -> RequestId {
        let request = self.devices[device].note(intent);
        self.feed(device, Event::Command { request, command });
        request
    }

    /// Asks an engine something that it answers at once; `None` if it does not.
    pub(crate) fn look(&mut self, device: usize, command: Command) -> Option<Answer> {
        self.devices[device].look = None;
        self.ask(device, command, Intent::Look);
        self.devices[device].look.take()
    }

    fn noticed(&mut self, device: usize, notice: Notice) {
        match notice {
            Notice::Sync(status) => {
                self.judge_lie(device, &status);
                self.devices[device].must_sign_in |= status.code == Some(Code::SignedOut.as_str());
                if self.devices[device].status.as_ref().map(|old| old.code) != Some(status.code) {
                    self.tell(|| {
                        let code = status.code.unwrap_or("fine");
                        format!("device {device}: sync is {code} ({})", status.label)
                    });
                }
                self.devices[device].status = Some(status);
            }
            Notice::State(state) => {
                let was_open = core::mem::take(&mut self.devices[device].is_open);
                self.devices[device].is_open = state.phase == Phase::Unlocked;
                if state.phase != Phase::Unlocked {
                    self.devices[device].is_awake = false;
                    self.devices[device].lie = None;
                }
                let ends = was_open && state.phase == Phase::Locked;
                self.tell(|| format!("device {device} is {:?}", state.phase));
                if ends && !self.calm && self.dice.chance(500) {
                    let life = self.devices[device].life;
                    self.plan_in(1, Happening::WorkerEnd { device, life });
                }
            }
            _ => {}
        }
    }
}

fn is_syncing(status: &vault_engine::SyncStatus) -> bool {
    status.phase == vault_engine::SyncPhase::Syncing
}
