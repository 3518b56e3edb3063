//! What breaks.

use crate::counts::Kind;
use crate::world::{Happening, World};
use vault_engine::StoreError;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
const YEAR_MS: u64 = 365 * DAY_MS;

#[derive(Debug, Clone, Copy)]
enum Fault {
    Crash,
    CrashMidway,
    Partition,
    Outage,
    ServerCrash,
    Refusal,
    Quota,
    DiskFailure,
    Eviction,
    ClockNudge,
    ClockJump,
    ClockRight,
    SessionEnd,
}

const FAULTS: [(u64, Fault); 13] = [
    (10, Fault::Crash),
    (12, Fault::CrashMidway),
    (10, Fault::Partition),
    (3, Fault::Outage),
    (8, Fault::ServerCrash),
    (8, Fault::Refusal),
    (4, Fault::Quota),
    (3, Fault::DiskFailure),
    (2, Fault::Eviction),
    (4, Fault::ClockNudge),
    (4, Fault::ClockJump),
    (4, Fault::ClockRight),
    (4, Fault::SessionEnd),
];

impl World {
    /// Something breaks, somewhere.
    pub(crate) fn break_something(&mut self) {
        let fault = self.dice.weigh(&FAULTS, Fault::Crash);
        let Some(device) = self.dice.place(self.devices.len()) else {
            return;
        };
        self.tell(|| format!("fault at device {device}: {fault:?}"));
        match fault {
            Fault::Crash | Fault::CrashMidway | Fault::Eviction => self.end_some(device, fault),
            Fault::Partition => {
                self.counts.add(Kind::Partition);
                self.devices[device].cut_off = true;
                let wait_ms = self.a_while_ms();
                self.plan_in(wait_ms, Happening::Reconnect { device });
            }
            Fault::Outage => {
                self.counts.add(Kind::Outage);
                let back_in_ms = self.a_while_ms();
                self.crash_server(back_in_ms);
            }
            Fault::ServerCrash => {
                self.counts.add(Kind::ServerCrash);
                let back_in_ms = self.dice.between(1, 3_000);
                self.crash_server(back_in_ms);
            }
            Fault::Refusal => {
                let error = self.dice.pick(&[StoreError::Full, StoreError::Failed]);
                let count = self.dice.between(1, 3) as usize;
                if let Some(error) = error {
                    self.devices[device].disk.refuse_next(count, error);
                }
            }
            Fault::Quota => self.ail(device, Kind::Quota, StoreError::Full),
            Fault::DiskFailure => self.ail(device, Kind::DiskFailure, StoreError::Failed),
            Fault::ClockNudge => {
                self.counts.add(Kind::ClockNudge);
                let by_ms = self.dice.between(1, 59 * MINUTE_MS);
                self.turn_clock(device, by_ms);
            }
            Fault::ClockJump => {
                self.counts.add(Kind::ClockJump);
                let by_ms = self.dice.between(DAY_MS, 30 * YEAR_MS);
                self.turn_clock(device, by_ms);
            }
            Fault::ClockRight => self.set_clock(device, 0),
            Fault::SessionEnd => {
                if let Some(cookie) = self.devices[device].cookie {
                    self.counts.add(Kind::SessionEnd);
                    self.server.end_session(cookie);
                }
            }
        }
    }

    fn end_some(&mut self, device: usize, fault: Fault) {
        if !self.devices[device].up {
            return;
        }
        let back_in_ms = self.a_while_ms();
        match fault {
            Fault::CrashMidway => {
                let effects = self.dice.below(12) as u32;
                self.devices[device].crash_in = Some(effects);
            }
            Fault::Eviction => {
                self.counts.add(Kind::Eviction);
                self.end_process(device, back_in_ms);
                self.evict(device);
            }
            _ => {
                self.counts.add(Kind::Crash);
                if self.dice.chance(500) {
                    self.devices[device].disk.lose_power();
                }
                self.end_process(device, back_in_ms);
            }
        }
    }

    /// The browser takes a device's storage away, and perhaps its cookies.
    fn evict(&mut self, device: usize) {
        let keeps_cookie = self.dice.chance(500);
        let it = &mut self.devices[device];
        it.disk.evict();
        it.era += 1;
        it.removed.clear();
        if !keeps_cookie {
            it.cookie = None;
        }
        self.liar.forget(device);
    }

    fn a_while_ms(&mut self) -> u64 {
        self.dice.wait_ms(20_000, 2 * 60 * MINUTE_MS)
    }

    fn ail(&mut self, device: usize, kind: Kind, error: StoreError) {
        self.counts.add(kind);
        self.devices[device].disk.ailment = Some(error);
        let wait_ms = self.a_while_ms();
        self.plan_in(wait_ms, Happening::DiskMended { device });
    }

    fn turn_clock(&mut self, device: usize, by_ms: u64) {
        let by_ms = i64::try_from(by_ms).unwrap_or(i64::MAX);
        let forward = self.dice.chance(500);
        let error_ms = if forward { by_ms } else { -by_ms };
        self.set_clock(device, error_ms);
    }

    /// Sets a device's clock so far from the right time. A timer runs until
    /// its time of day has come or its wait is over, whichever is first.
    pub(crate) fn set_clock(&mut self, device: usize, error_ms: i64) {
        self.devices[device].clock_error_ms = error_ms;
        self.tell(|| format!("device {device}: the clock is {} s off", error_ms / 1_000));
        let now_ms = self.devices[device].now_ms(self.now_ms);
        let timers = self.devices[device].timers.clone();
        for (timer, (setting, at_ms)) in timers {
            if at_ms <= now_ms {
                let soon_ms = self.dice.between(1, 10_000);
                self.set_alarm(device, timer, setting, soon_ms);
            }
        }
    }
}
