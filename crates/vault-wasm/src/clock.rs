//! The time of day, and waking at a time of day.

use gloo_timers::future::TimeoutFuture;
use std::cell::RefCell;
use std::collections::HashMap;
use vault_engine::Timer;

/// A laptop that sleeps stops the browser's timers but not the day. No wait
/// is longer than this, and after each the day is looked at again.
const SLICE_MS: u64 = 10_000;

/// Unix time in milliseconds, as this device has it.
pub(crate) fn now_ms() -> u64 {
    // A clock before 1970 counts as 1970; the cast saturates.
    js_sys::Date::now() as u64
}

/// How long to wait before looking at the clock again; `None` once it is time.
fn wait_ms(at_ms: u64, now_ms: u64) -> Option<u32> {
    let left_ms = at_ms.checked_sub(now_ms).filter(|left_ms| *left_ms > 0)?;
    u32::try_from(left_ms.min(SLICE_MS)).ok()
}

/// One setting of a timer. A later setting outdates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    timer: Timer,
    at_ms: u64,
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
    set: HashMap<Timer, u64>,
}

impl Timers {
    /// Sets a timer anew, or takes it back. The setting, if any, is to be
    /// waited for with [`Self::due`].
    pub(crate) fn set(&self, timer: Timer, at_ms: Option<u64>) -> Option<Setting> {
        let mut table = self.table.borrow_mut();
        table.set.remove(&timer);
        let at_ms = at_ms?;
        table.last_number += 1;
        let number = table.last_number;
        table.set.insert(timer, number);
        Some(Setting {
            timer,
            at_ms,
            number,
        })
    }

    /// Waits until the setting's time has come. `false` if it was outdated
    /// meanwhile.
    pub(crate) async fn due(&self, setting: Setting) -> bool {
        while self.holds(setting) {
            match wait_ms(setting.at_ms, now_ms()) {
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
        assert_eq!(wait_ms(1_000_000, 0), Some(10_000));
        assert_eq!(wait_ms(1_000_000, 999_000), Some(1_000));
        assert_eq!(wait_ms(1_000_000, 1_000_000), None);
        assert_eq!(wait_ms(1_000_000, 5_000_000), None);
        assert_eq!(wait_ms(u64::MAX, 0), Some(10_000));
    }

    #[test]
    fn a_new_setting_outdates_the_old_one() {
        let timers = Timers::default();
        let first = timers.set(Timer::Idle, Some(5)).unwrap();
        let other = timers.set(Timer::Check, Some(5)).unwrap();
        let second = timers.set(Timer::Idle, Some(5)).unwrap();
        assert!(!timers.holds(first));
        assert!(timers.holds(second));
        assert!(timers.holds(other));
        assert_eq!(timers.set(Timer::Idle, None), None);
        assert!(!timers.holds(second));
        timers.clear();
        assert!(!timers.holds(other));
    }
}
