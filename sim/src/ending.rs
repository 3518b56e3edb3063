//! How a history ends: everything works again, everybody unlocks, and the
//! devices come to one view, by rounds that somebody asks for or by their own
//! schedule. Then nothing but polls may go on.

use crate::device::Device;
use crate::device::Intent;
use crate::person::list;
use crate::plan::Ending;
use crate::verdict::Violation;
use crate::world::{Happening, World};
use sync_core::endpoint;
use vault_engine::{Command, Phase, Reply};

/// How long everything may take to be unlocked: locks for every device take a
/// while to be lifted.
const TENDINGS_MAX: usize = 40;
const ROUNDS: usize = 3;
/// Later than the latest message.
const LATEST_MS: u64 = 300_000;
/// Longer than the longest wait after failures, a lapse of the interval, and
/// three rounds.
const BY_ITSELF_MS: u64 = 7 * 60_000;
/// In which every device polls at least once.
const WATCH_MS: u64 = 40_000;

impl World {
    /// Lives through the plan.
    pub(crate) fn live(&mut self) {
        for device in 0..self.devices.len() {
            self.start(device);
            // At first everybody signs in and unlocks, in some order.
            self.sign_in(device);
            let soon_ms = self.dice.between(1, 2_000);
            self.run_until(self.now_ms + soon_ms);
            if self.dice.chance(800) && self.devices[device].up {
                self.unlock(device);
            }
        }
        self.plan_in(100, Happening::Act);
        while self.acts_left > 0 && self.violations.is_empty() {
            let a_minute_ms = self.now_ms + 60_000;
            self.run_until(a_minute_ms);
        }
    }

    /// Everything works again.
    pub(crate) fn heal(&mut self) {
        self.tell(|| String::from("from here on nothing goes wrong"));
        self.calm = true;
        self.server_up = true;
        for device in 0..self.devices.len() {
            let it = &mut self.devices[device];
            it.cut_off = false;
            it.crash_in = None;
            it.disk.mend();
            self.set_clock(device, 0);
            self.start(device);
        }
        self.commit();
        // What is late still comes.
        self.run_until(self.now_ms + LATEST_MS);
    }

    /// Signs in and unlocks whoever is not.
    pub(crate) fn tend(&mut self) {
        for _ in 0..TENDINGS_MAX {
            // A lock has its grace, and what was late still comes.
            self.run_until(self.now_ms + 12_000);
            let mut ready = self.server.lock.is_none();
            for device in 0..self.devices.len() {
                self.devices[device].cut_off = false;
                self.devices[device].disk.mend();
                let awake = self.devices[device].is_awake;
                match self.phase(device) {
                    Some(_) if !self.server.has_session(self.devices[device].cookie) => {
                        self.sign_in(device);
                    }
                    Some(Phase::SignedOut) => self.sign_in(device),
                    Some(Phase::Locked) => self.unlock(device),
                    Some(Phase::Unlocked) if awake => continue,
                    Some(Phase::Unlocked) => {
                        let on = true;
                        let token = String::from("the end");
                        self.ask(device, Command::KeepAwake { token, on }, Intent::KeepAwake);
                    }
                    Some(Phase::NoVault) | None => {}
                }
                ready = false;
            }
            if ready || !self.violations.is_empty() {
                return;
            }
        }
        let device = self.devices.iter().position(|it| !it.is_awake);
        let device = device.unwrap_or(0);
        self.violations.push(Violation::StaysClosed { device });
    }

    /// Lets the devices come to one view, and sees that they come to rest.
    pub(crate) fn converge(&mut self) {
        match self.plan.ending {
            Ending::ByHand => {
                for round in 1..=ROUNDS {
                    self.tell(|| format!("round {round}"));
                    self.round();
                }
            }
            Ending::ByItself => {
                self.tell(|| String::from("nobody asks any more"));
                self.run_until(self.now_ms + BY_ITSELF_MS);
            }
        }
        let before = self.busy_requests();
        self.tell(|| String::from("only polls from here on"));
        match self.plan.ending {
            Ending::ByHand => self.round(),
            Ending::ByItself => self.run_until(self.now_ms + WATCH_MS),
        }
        let more = self.busy_requests() - before;
        if more > 0 {
            self.violations.push(Violation::NoRest { requests: more });
        }
    }

    /// As far as devices can come that hold what no server has any more.
    pub(crate) fn converge_deceived(&mut self) {
        for _ in 0..ROUNDS {
            self.round();
        }
    }

    /// Each device checks once, one after the other.
    fn round(&mut self) {
        for device in 0..self.devices.len() {
            self.ask(device, Command::Sync, Intent::Other("sync"));
            self.run_until(self.now_ms + 4_000);
        }
    }

    fn busy_requests(&self) -> u64 {
        let requests = self.requests.iter();
        let busy = requests.filter(|(path, _)| path.as_str() != endpoint::POLL);
        busy.map(|(_, count)| *count).sum()
    }

    /// Has a device show every note that it has.
    pub(crate) fn show(&mut self, device: usize) {
        self.devices[device].shown.clear();
        let Some(Ok(Reply::List(page))) = self.look(device, list()) else {
            return self.violations.push(Violation::StaysClosed { device });
        };
        for item in &page.items {
            self.ask(device, Command::Open { id: item.id }, Intent::Show);
        }
        self.run_until(self.now_ms + 2_000);
        self.devices[device].shown.sort();
        let missing = self.devices[device].shown.len() != page.items.len();
        if missing && self.violations.is_empty() {
            self.violations.push(Violation::Unreadable { device });
        }
    }

    /// A device that was never there before joins, and one that was begins
    /// again from its disk.
    pub(crate) fn join_and_restart(&mut self) {
        let number = self.devices.len();
        self.devices.push(Device::new(self.plan.seed, number));
        let old = self.dice.place(number).unwrap_or(0);
        self.tell(|| format!("device {number} is new, device {old} restarts"));
        self.start(number);
        self.end_process(old, 1);
        self.run_until(self.now_ms + 100);
        self.sign_in(number);
        self.tend();
        self.run_until(self.now_ms + 4_000);
        for device in [number, old] {
            self.ask(device, Command::Sync, Intent::Other("sync"));
            self.run_until(self.now_ms + 4_000);
        }
    }
}
