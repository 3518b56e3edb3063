//! Hybrid logical clock stamps (Kulkarni and others, 2014).

use core::fmt;

/// When an operation was made: Unix milliseconds of a clock that never runs
/// backwards, and a counter for operations of one millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp {
    /// Unix time in milliseconds.
    pub wall_ms: u64,
    /// Distinguishes operations of one millisecond.
    pub counter: u16,
}

impl Stamp {
    /// The stamp of an operation made at `now_ms` after everything stamped up
    /// to `self` has been seen. Always later than `self`, whatever the device
    /// clock does.
    #[must_use]
    pub const fn tick(self, now_ms: u64) -> Self {
        if now_ms > self.wall_ms {
            return Self {
                wall_ms: now_ms,
                counter: 0,
            };
        }
        match self.counter.checked_add(1) {
            Some(counter) => Self {
                wall_ms: self.wall_ms,
                counter,
            },
            None => Self {
                wall_ms: self.wall_ms.saturating_add(1),
                counter: 0,
            },
        }
    }

    /// How far this stamp lies ahead of a clock, in milliseconds.
    #[must_use]
    pub const fn ahead_of_ms(self, now_ms: u64) -> u64 {
        self.wall_ms.saturating_sub(now_ms)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.wall_ms, self.counter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tick_is_later_whatever_the_clock_says(wall_ms in 0..u64::MAX - 1, counter: u16, now_ms: u64) {
            let seen = Stamp { wall_ms, counter };
            prop_assert!(seen.tick(now_ms) > seen);
        }
    }

    #[test]
    fn a_tick_follows_a_clock_that_runs() {
        let stamp = Stamp {
            wall_ms: 5,
            counter: 9,
        }
        .tick(6);
        assert_eq!(
            stamp,
            Stamp {
                wall_ms: 6,
                counter: 0
            }
        );
    }

    #[test]
    fn a_full_counter_carries_into_the_time() {
        let stamp = Stamp {
            wall_ms: 5,
            counter: u16::MAX,
        }
        .tick(1);
        assert_eq!(
            stamp,
            Stamp {
                wall_ms: 6,
                counter: 0
            }
        );
    }
}
