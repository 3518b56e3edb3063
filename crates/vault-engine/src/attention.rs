//! Whether anybody is there: since when nobody touched the application, since
//! when it is out of sight, and what keeps it awake.

use crate::lock_policy::{FormFactor, LockSettings};
use vault_types::{Code, LockReason, Map, limits};

/// A clock that was set back by less is taken for one that was corrected.
const CLOCK_CORRECTION_MS_MAX: u64 = 60 * 1000;

/// How long since then, or `None` if the clock was set back so far that
/// nobody can tell.
const fn elapsed_ms(since_ms: u64, now_ms: u64) -> Option<u64> {
    match now_ms.checked_sub(since_ms) {
        None if since_ms - now_ms <= CLOCK_CORRECTION_MS_MAX => Some(0),
        elapsed => elapsed,
    }
}

fn is_over(since_ms: u64, span_ms: u64, now_ms: u64) -> bool {
    elapsed_ms(since_ms, now_ms).is_none_or(|elapsed| elapsed >= span_ms)
}

/// Whether anybody is there.
#[derive(Default)]
pub(crate) struct Attention {
    pub(crate) form: FormFactor,
    touched_ms: u64,
    hidden_ms: Option<u64>,
    awake: KeepAwake,
}

impl Attention {
    /// The vault was opened: somebody is there. Whether it is in sight stays
    /// as it is.
    pub(crate) fn begin(&mut self, now_ms: u64) {
        self.touched_ms = now_ms;
        self.hidden_ms = self.hidden_ms.map(|_| now_ms);
        self.awake = KeepAwake::default();
    }

    /// Somebody did something.
    pub(crate) const fn touch(&mut self, now_ms: u64) {
        self.touched_ms = now_ms;
    }

    /// The application went out of sight; hearing so again changes nothing.
    pub(crate) fn hide(&mut self, now_ms: u64) {
        self.hidden_ms.get_or_insert(now_ms);
    }

    /// The application came back into sight.
    pub(crate) const fn show(&mut self) {
        self.hidden_ms = None;
    }

    /// Takes a token, or renews it.
    ///
    /// # Errors
    /// [`Code::LimitExceeded`] if it is too long or there are too many.
    pub(crate) fn keep_awake(&mut self, token: String, now_ms: u64) -> Result<(), Code> {
        self.awake.hold(token, now_ms)
    }

    /// Gives a token back. With the last one the waiting begins anew.
    pub(crate) fn release(&mut self, token: &str, now_ms: u64) {
        let was_held = self.awake.is_held(now_ms);
        self.awake.release(token);
        if was_held && !self.awake.is_held(now_ms) {
            self.touched_ms = now_ms;
            self.hidden_ms = self.hidden_ms.map(|_| now_ms);
        }
    }

    /// Why the vault is to be locked now, if it is.
    pub(crate) fn due(&self, settings: LockSettings, now_ms: u64) -> Option<LockReason> {
        if self.awake.is_held(now_ms) {
            return None;
        }
        let background_ms = settings.background_lock_ms(self.form);
        let is_away = |hidden_ms| is_over(hidden_ms, background_ms, now_ms);
        if is_over(self.touched_ms, u64::from(settings.idle_ms), now_ms) {
            Some(LockReason::Idle)
        } else if self.hidden_ms.is_some_and(is_away) {
            Some(LockReason::Background)
        } else {
            None
        }
    }

    /// When [`Self::due`] is to be asked again.
    pub(crate) fn next_ms(&self, settings: LockSettings, now_ms: u64) -> u64 {
        if let Some(until_ms) = self.awake.until_ms(now_ms) {
            return until_ms;
        }
        let idle_ms = self.touched_ms.saturating_add(u64::from(settings.idle_ms));
        let background_ms = settings.background_lock_ms(self.form);
        let hidden_ms = self.hidden_ms.map(|ms| ms.saturating_add(background_ms));
        hidden_ms.map_or(idle_ms, |ms| ms.min(idle_ms))
    }
}

/// Tokens that keep the vault from locking by itself, as during a focus
/// session. Each runs out, so that a page that forgot it does not hold the
/// vault open for ever.
#[derive(Default)]
struct KeepAwake {
    since_ms: Map<String, u64>,
}

impl KeepAwake {
    fn hold(&mut self, token: String, now_ms: u64) -> Result<(), Code> {
        self.since_ms.retain(|_, since_ms| holds(*since_ms, now_ms));
        let is_new = !self.since_ms.contains_key(&token);
        let is_full = self.since_ms.len() >= limits::KEEP_AWAKE_TOKENS_MAX;
        if token.len() > limits::KEEP_AWAKE_TOKEN_BYTES_MAX || (is_new && is_full) {
            return Err(Code::LimitExceeded);
        }
        self.since_ms.insert(token, now_ms);
        Ok(())
    }

    fn release(&mut self, token: &str) {
        self.since_ms.remove(token);
    }

    fn is_held(&self, now_ms: u64) -> bool {
        self.since_ms.values().any(|since| holds(*since, now_ms))
    }

    /// When the last token runs out, if there is one.
    fn until_ms(&self, now_ms: u64) -> Option<u64> {
        let held = self
            .since_ms
            .values()
            .filter(|since| holds(**since, now_ms));
        let last = held.max()?;
        Some(last.saturating_add(limits::KEEP_AWAKE_MS_MAX))
    }
}

/// Whether a token of then still holds. After a clock that was set back it
/// does not: nobody can tell how old it is.
fn holds(since_ms: u64, now_ms: u64) -> bool {
    !is_over(since_ms, limits::KEEP_AWAKE_MS_MAX, now_ms)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW_MS: u64 = 1_767_225_600_000;
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    const YEAR_MS: u64 = 365 * DAY_MS;

    fn attention() -> Attention {
        let mut attention = Attention::default();
        attention.begin(NOW_MS);
        attention
    }

    fn due(attention: &Attention, now_ms: u64) -> Option<LockReason> {
        attention.due(LockSettings::default(), now_ms)
    }

    #[test]
    fn a_clock_that_jumps_far_locks_in_either_direction() {
        let attention = attention();
        assert_eq!(due(&attention, NOW_MS), None);
        assert_eq!(due(&attention, NOW_MS + YEAR_MS), Some(LockReason::Idle));
        assert_eq!(due(&attention, NOW_MS - YEAR_MS), Some(LockReason::Idle));
        assert_eq!(due(&attention, 0), Some(LockReason::Idle));
        assert_eq!(due(&attention, u64::MAX), Some(LockReason::Idle));
    }

    #[test]
    fn a_clock_corrected_by_a_little_does_not_lock() {
        let attention = attention();
        assert_eq!(due(&attention, NOW_MS - 20), None);
        assert_eq!(due(&attention, NOW_MS - CLOCK_CORRECTION_MS_MAX), None);
        let back_ms = NOW_MS - CLOCK_CORRECTION_MS_MAX - 1;
        assert_eq!(due(&attention, back_ms), Some(LockReason::Idle));
    }

    #[test]
    fn the_background_grace_is_that_of_the_form() {
        let mut attention = attention();
        attention.hide(NOW_MS);
        let desktop_ms = NOW_MS + limits::BACKGROUND_LOCK_DESKTOP_MS;
        assert_eq!(due(&attention, desktop_ms - 1), None);
        assert_eq!(due(&attention, desktop_ms), Some(LockReason::Background));
        assert_eq!(
            attention.next_ms(LockSettings::default(), NOW_MS),
            desktop_ms
        );
        attention.form = FormFactor::Phone;
        assert_eq!(due(&attention, NOW_MS), Some(LockReason::Background));
        attention.show();
        assert_eq!(due(&attention, NOW_MS), None);
    }

    #[test]
    fn hearing_twice_that_it_is_hidden_does_not_postpone() {
        let mut attention = attention();
        attention.hide(NOW_MS);
        attention.hide(NOW_MS + limits::BACKGROUND_LOCK_DESKTOP_MS);
        let at_ms = NOW_MS + limits::BACKGROUND_LOCK_DESKTOP_MS;
        assert_eq!(due(&attention, at_ms), Some(LockReason::Background));
    }

    #[test]
    fn a_token_holds_until_it_is_given_back() {
        let mut attention = attention();
        attention.hide(NOW_MS);
        attention.keep_awake("a".to_owned(), NOW_MS).unwrap();
        attention.keep_awake("b".to_owned(), NOW_MS).unwrap();
        let later_ms = NOW_MS + 2 * limits::IDLE_LOCK_MS;
        assert_eq!(due(&attention, later_ms), None);
        attention.release("a", later_ms);
        assert_eq!(due(&attention, later_ms), None);
        attention.release("a", later_ms);
        attention.release("b", later_ms);
        // From here on the waiting begins anew.
        assert_eq!(due(&attention, later_ms), None);
        let away_ms = later_ms + limits::BACKGROUND_LOCK_DESKTOP_MS;
        assert_eq!(due(&attention, away_ms), Some(LockReason::Background));
    }

    #[test]
    fn a_forgotten_token_runs_out() {
        let mut attention = attention();
        attention.keep_awake("a".to_owned(), NOW_MS).unwrap();
        let end_ms = NOW_MS + limits::KEEP_AWAKE_MS_MAX;
        assert_eq!(attention.next_ms(LockSettings::default(), NOW_MS), end_ms);
        assert_eq!(due(&attention, end_ms - 1), None);
        assert_eq!(due(&attention, end_ms), Some(LockReason::Idle));
    }

    #[test]
    fn a_token_does_not_outlive_a_clock_that_jumps() {
        let mut attention = attention();
        attention.keep_awake("a".to_owned(), NOW_MS).unwrap();
        assert_eq!(due(&attention, NOW_MS + YEAR_MS), Some(LockReason::Idle));
        assert_eq!(due(&attention, NOW_MS - YEAR_MS), Some(LockReason::Idle));
        assert_eq!(due(&attention, NOW_MS - 20), None);
    }

    #[test]
    fn tokens_are_counted_and_measured() {
        let mut attention = attention();
        for n in 0..limits::KEEP_AWAKE_TOKENS_MAX {
            attention.keep_awake(format!("t{n}"), NOW_MS).unwrap();
        }
        let refused = Err(Code::LimitExceeded);
        assert_eq!(attention.keep_awake("more".to_owned(), NOW_MS), refused);
        attention.keep_awake("t0".to_owned(), NOW_MS).unwrap();
        attention.release("t0", NOW_MS);
        let long = "x".repeat(limits::KEEP_AWAKE_TOKEN_BYTES_MAX + 1);
        assert_eq!(attention.keep_awake(long, NOW_MS), refused);
        // Those that ran out make room.
        let later_ms = NOW_MS + limits::KEEP_AWAKE_MS_MAX;
        for n in 0..limits::KEEP_AWAKE_TOKENS_MAX {
            attention.keep_awake(format!("u{n}"), later_ms).unwrap();
        }
    }
}
