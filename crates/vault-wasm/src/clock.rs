//! The time of day, and waking at a time of day.

use gloo_timers::future::TimeoutFuture;
use std::cell::RefCell;
use vault_engine::Timer;
use vault_types::Map;
use wasm_bindgen::JsCast;

/// A laptop that sleeps stops the browser's timers but not the day. No wait
/// is longer than this, and after each the day is looked at again.
const SLICE_MS: u64 = 10_000;

/// Unix time in milliseconds, as this device has it.
pub(crate) fn now_ms() -> u64 {
    // A clock before 1970 counts as 1970; the cast saturates.
    js_sys::Date::now() as u64
}

/// Milliseconds of a clock that nobody sets, from some start.
fn steady_ms() -> u64 {
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let performance = scope.performance();
    // Without one, only the time of day counts.
    performance.map_or(0, |performance| performance.now() as u64)
}

/// How long to wait before looking at the clocks again; `None` once it is
/// time. The time of day may be set back, and the steady clock may stand still
/// while the machine sleeps: whichever says first that it is time is believed.
fn wait_ms(setting: Setting, now_ms: u64, steady_ms: u64) -> Option<u32> {
    let by_day_ms = setting.at_ms.saturating_sub(now_ms);
    let by_steady_ms = setting.steady_at_ms.saturating_sub(steady_ms);
    let left_ms = by_day_ms.min(by_steady_ms);
    if left_ms == 0 {
        return None;
    }
    u32::try_from(left_ms.min(SLICE_MS)).ok()
}

/// One setting of a timer. A later setting outdates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    timer: Timer,
    at_ms: u64,
    steady_at_ms: u64,
    number: u64,
}

/// Which timers are set, and for when.
#[derive(Default)]
pub(crate) struct Timers {
    table: RefCell<Table>,
}

#[derive(Default)]
struct Table {
    last_number: u64,
    set: Map<Timer, u64>,
}

impl Timers {
    /// Sets a timer anew, or takes it back. The setting, if any, is to be
    /// waited for with [`Self::due`].
    pub(crate) fn set(&self, timer: Timer, at_ms: Option<u64>) -> Option<Setting> {
        self.set_at(timer, at_ms, (now_ms(), steady_ms()))
    }

    fn set_at(
        &self,
        timer: Timer,
        at_ms: Option<u64>,
        (now_ms, steady_ms): (u64, u64),
    ) -> Option<Setting> {
        let mut table = self.table.borrow_mut();
        table.set.remove(&timer);
        let at_ms = at_ms?;
        table.last_number += 1;
        let number = table.last_number;
        table.set.insert(timer, number);
        Some(Setting {
            timer,
            at_ms,
            steady_at_ms: steady_ms.saturating_add(at_ms.saturating_sub(now_ms)),
            number,
        })
    }

    /// Waits until the setting's time has come. `false` if it was outdated
    /// meanwhile.
    pub(crate) async fn due(&self, setting: Setting) -> bool {
        while self.holds(setting) {
            match wait_ms(setting, now_ms(), steady_ms()) {
                Some(wait_ms) => TimeoutFuture::new(wait_ms).await,
                None => {
                    self.table.borrow_mut().set.remove(&setting.timer);
                    return true;
                }
            }
        }
        false
    }

    /// Takes every timer back.
    pub(crate) fn clear(&self) {
        self.table.borrow_mut().set.clear();
    }

    fn holds(&self, setting: Setting) -> bool {
        self.table.borrow().set.get(&setting.timer) == Some(&setting.number)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_long_wait_is_cut_into_slices() {
        let timers = Timers::default();
        let set = |at_ms| timers.set_at(Timer::Idle, Some(at_ms), (0, 50)).unwrap();
        assert_eq!(wait_ms(set(1_000_000), 0, 50), Some(10_000));
        assert_eq!(wait_ms(set(1_000_000), 999_000, 50), Some(1_000));
        assert_eq!(wait_ms(set(1_000_000), 1_000_000, 50), None);
        assert_eq!(wait_ms(set(1_000_000), 5_000_000, 50), None);
        assert_eq!(wait_ms(set(u64::MAX), 0, 50), Some(10_000));
    }

    #[test]
    fn a_day_that_is_set_back_does_not_make_a_timer_late() {
        let timers = Timers::default();
        let day_ms = 24 * 60 * 60 * 1000;
        let at = (10 * day_ms, 50);
        let setting = timers
            .set_at(Timer::Idle, Some(10 * day_ms + 5_000), at)
            .unwrap();
        assert_eq!(wait_ms(setting, 9 * day_ms, 50), Some(5_000));
        assert_eq!(wait_ms(setting, 9 * day_ms, 4_049), Some(1_001));
        assert_eq!(wait_ms(setting, 9 * day_ms, 5_050), None);
        // While the machine sleeps the steady clock may stand still.
        assert_eq!(wait_ms(setting, 11 * day_ms, 51), None);
    }

    #[test]
    fn a_new_setting_outdates_the_old_one() {
        let timers = Timers::default();
        let first = timers.set_at(Timer::Idle, Some(5), (0, 0)).unwrap();
        let other = timers.set_at(Timer::Check, Some(5), (0, 0)).unwrap();
        let second = timers.set_at(Timer::Idle, Some(5), (0, 0)).unwrap();
        assert!(!timers.holds(first));
        assert!(timers.holds(second));
        assert!(timers.holds(other));
        assert_eq!(timers.set_at(Timer::Idle, None, (0, 0)), None);
        assert!(!timers.holds(second));
        timers.clear();
        assert!(!timers.holds(other));
    }
}
