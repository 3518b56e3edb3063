//! When a device locks by itself: idleness, the background, what keeps it
//! awake, the settings.

use crate::support::{Device, Server, Spoil, code_of, first_device};
use vault_engine::{
    Command, FormFactor, LockOrigin, LockSettings, LockSettingsView, Notice, Phase, Reply, Store,
    StoreError, VaultState,
};
use vault_types::{Code, LockReason, LockTier, limits};

const MINUTE_MS: u64 = 60 * 1000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

impl Device {
    pub(crate) fn state(&mut self) -> VaultState {
        match self.call(Command::State) {
            Ok(Reply::State(state)) => state,
            _ => panic!("no state"),
        }
    }

    /// Why and how far the vault is locked.
    pub(crate) fn lock_of(&mut self) -> Option<(LockReason, LockTier, LockOrigin)> {
        let lock = self.state().lock?;
        Some((lock.reason, lock.tier, lock.by))
    }

    pub(crate) fn settings(&mut self, settings: LockSettings) -> Result<LockSettingsView, Code> {
        let form = None;
        match self.call(Command::SetLockSettings { settings, form }) {
            Ok(Reply::LockSettings(view)) => Ok(view),
            Ok(_) => panic!("an answer of another kind"),
            Err(failure) => Err(failure.code),
        }
    }

    fn show(&mut self, visible: bool, form: Option<FormFactor>) {
        assert!(self.call(Command::Visibility { visible, form }).is_ok());
    }

    fn awake(&mut self, token: &str, on: bool) -> Option<Code> {
        let token = token.to_owned();
        code_of(self.call(Command::KeepAwake { token, on }))
    }

    /// Lets a lock that has begun come to its end.
    pub(crate) fn let_it_lock(&mut self) {
        self.advance(limits::LOCK_GRACE_MS);
        assert_eq!(self.phase(), Phase::Locked);
    }
}

fn own(reason: LockReason) -> Option<(LockReason, LockTier, LockOrigin)> {
    Some((reason, LockTier::Device, LockOrigin::ThisDevice))
}

fn idle(idle_ms: u64) -> LockSettings {
    LockSettings {
        idle_ms: u32::try_from(idle_ms).unwrap(),
        ..LockSettings::default()
    }
}

#[test]
fn the_reason_of_a_lock_is_told_also_by_the_next_process() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.put("Title", "text");
    assert!(device.state().lock.is_none());
    device.advance(limits::IDLE_LOCK_MS);
    device.let_it_lock();
    assert_eq!(device.lock_of(), own(LockReason::Idle));
    device.restart();
    assert_eq!(device.lock_of(), own(LockReason::Idle));
    device.unlock().unwrap();
    assert!(device.state().lock.is_none());
    device.restart();
    // It was not locked; its process ended.
    assert!(device.state().lock.is_none());
}

#[test]
fn locked_is_told_once_the_reason_is_on_the_disk() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.notices.clear();
    device.hold.writes = true;
    let lock = device.ask(Command::Lock { tier: None });
    device.settle();
    let told = |device: &Device| {
        let mut notices = device.notices.iter();
        notices.any(|notice| matches!(notice, Notice::State(state) if state.phase == Phase::Locked))
    };
    assert!(!told(&device));
    // The keys are gone all the same.
    assert_eq!(device.hits("x").err().unwrap().code, Code::Locked);
    device.hold.writes = false;
    device.settle();
    assert!(told(&device));
    assert!(device.take(lock).unwrap().is_ok());
}

#[test]
fn a_desktop_in_the_background_locks_after_a_minute() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.show(false, None);
    device.advance(limits::BACKGROUND_LOCK_DESKTOP_MS - 1);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.show(true, None);
    device.advance(limits::BACKGROUND_LOCK_DESKTOP_MS + 1);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.show(false, None);
    device.advance(limits::BACKGROUND_LOCK_DESKTOP_MS);
    device.let_it_lock();
    assert_eq!(device.lock_of(), own(LockReason::Background));
}

#[test]
fn coming_back_too_late_does_not_keep_it_open() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.show(false, None);
    device.set_clock(device.now_ms + limits::BACKGROUND_LOCK_DESKTOP_MS);
    device.show(true, None);
    assert_eq!(device.open(id).err().unwrap().code, Code::Locked);
    device.let_it_lock();
}

#[test]
fn a_phone_in_the_background_locks_at_once() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.show(true, Some(FormFactor::Phone));
    device.advance(limits::BACKGROUND_LOCK_DESKTOP_MS);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.show(false, None);
    assert_eq!(device.open(id).err().unwrap().code, Code::Locked);
    device.let_it_lock();
    assert_eq!(device.lock_of(), own(LockReason::Background));
}

#[test]
fn the_background_grace_can_be_chosen() {
    let net = Server::new();
    let mut device = first_device(&net);
    let view = device
        .settings(LockSettings {
            background_ms: Some(5_000),
            ..LockSettings::default()
        })
        .unwrap();
    assert_eq!(
        (view.background_ms, view.background_after_ms),
        (Some(5_000), 5_000)
    );
    device.show(false, Some(FormFactor::Phone));
    device.advance(4_999);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.advance(1);
    device.let_it_lock();
}

#[test]
fn settings_are_sealed_and_outlive_lock_and_restart() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.settings(idle(2 * MINUTE_MS)).unwrap();
    for restarts in [false, true] {
        device.lock();
        if restarts {
            device.restart();
        }
        assert_eq!(u64::from(device.state().idle_lock_ms), limits::IDLE_LOCK_MS);
        device.unlock().unwrap();
        assert_eq!(u64::from(device.state().idle_lock_ms), 2 * MINUTE_MS);
    }
    device.advance(2 * MINUTE_MS);
    device.let_it_lock();
    // Somebody else's bytes in their place loosen nothing.
    device.unlock().unwrap();
    device.settings(idle(limits::IDLE_LOCK_MS_MAX)).unwrap();
    device
        .disk
        .spoil(Store::Meta, "lock_settings", Spoil::Damage);
    device.restart();
    device.unlock().unwrap();
    assert_eq!(u64::from(device.state().idle_lock_ms), limits::IDLE_LOCK_MS);
}

#[test]
fn settings_beyond_the_limits_or_not_on_the_disk_do_not_hold() {
    let net = Server::new();
    let mut device = first_device(&net);
    for wrong in [
        0,
        limits::IDLE_LOCK_MS_MIN - 1,
        limits::IDLE_LOCK_MS_MAX + 1,
    ] {
        let refused = device.settings(idle(wrong)).err();
        assert_eq!(refused, Some(Code::LimitExceeded));
    }
    device.disk.always = Some(StoreError::Full);
    let refused = device.settings(idle(5 * MINUTE_MS)).err();
    assert_eq!(refused, Some(Code::StorageFull));
    device.disk.always = None;
    assert_eq!(u64::from(device.state().idle_lock_ms), limits::IDLE_LOCK_MS);
    device.advance(5 * MINUTE_MS + limits::LOCK_GRACE_MS);
    assert_eq!(device.phase(), Phase::Unlocked);
}

#[test]
fn a_focus_session_suspends_idle_and_background_only() {
    let net = Server::new();
    let mut device = first_device(&net);
    assert_eq!(device.awake("focus", true), None);
    assert_eq!(device.awake("film", true), None);
    device.show(false, Some(FormFactor::Phone));
    device.advance(3 * limits::IDLE_LOCK_MS);
    assert_eq!(device.phase(), Phase::Unlocked);
    assert_eq!(device.awake("focus", false), None);
    device.advance(limits::IDLE_LOCK_MS);
    assert_eq!(device.phase(), Phase::Unlocked);
    // By hand it locks all the same.
    device.lock();
    assert_eq!(device.lock_of(), own(LockReason::Manual));
    device.unlock().unwrap();
    // The tokens went with the lock.
    device.show(false, None);
    device.let_it_lock();
}

#[test]
fn the_wait_begins_anew_when_the_last_token_goes() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.awake("focus", true);
    device.advance(limits::IDLE_LOCK_MS);
    device.awake("focus", false);
    device.advance(limits::IDLE_LOCK_MS - 1);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.advance(1);
    device.let_it_lock();
}

#[test]
fn a_token_that_is_never_given_back_runs_out() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.awake("focus", true);
    device.advance(limits::KEEP_AWAKE_MS_MAX - 1);
    assert_eq!(device.phase(), Phase::Unlocked);
    device.advance(1);
    device.let_it_lock();
    assert_eq!(device.lock_of(), own(LockReason::Idle));
}

#[test]
fn a_token_that_comes_too_late_keeps_nothing_open() {
    let net = Server::new();
    let mut device = first_device(&net);
    device.set_clock(device.now_ms + limits::IDLE_LOCK_MS);
    assert_eq!(device.awake("focus", true), Some(Code::Locked));
    device.let_it_lock();
    assert_eq!(device.awake("focus", true), Some(Code::Locked));
}

#[test]
fn a_clock_years_off_locks_and_opens_again() {
    let net = Server::new();
    for far_ms in [-400, 400] {
        let mut device = first_or_next(&net);
        let id = device.put("Title", "text");
        device.awake("focus", true);
        let now_ms = device.now_ms.checked_add_signed(far_ms * DAY_MS as i64);
        device.set_clock(now_ms.unwrap());
        assert_eq!(device.open(id).err().unwrap().code, Code::Locked);
        device.let_it_lock();
        device.unlock().unwrap();
        assert_eq!(device.text(id), "text");
        device.advance(MINUTE_MS);
        assert_eq!(device.phase(), Phase::Unlocked);
    }
}

fn first_or_next(net: &crate::support::Net) -> Device {
    if net.borrow().vaults.is_empty() {
        first_device(net)
    } else {
        crate::support::further_device(net, 7)
    }
}

#[test]
fn a_session_that_ended_before_the_unlock_locks_nothing() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.sync_well();
    device.restart();
    device.cookie.expire();
    device.unlock().unwrap();
    device.sync();
    device.advance(MINUTE_MS);
    assert!(device.lock_of().is_none());
    assert_eq!(device.text(id), "text");
}

#[test]
fn a_session_that_ended_locks_once_and_says_so() {
    let net = Server::new();
    let mut device = first_device(&net);
    let id = device.put("Title", "text");
    device.sync_well();
    device.cookie.expire();
    device.sync();
    device.let_it_lock();
    let lock = device.lock_of().unwrap();
    assert_eq!(lock.0, LockReason::SessionExpired);
    // What is here can be read again, and stays open.
    for restarts in [false, true] {
        if restarts {
            device.restart();
        }
        device.unlock().unwrap();
        device.sync();
        device.advance(MINUTE_MS);
        assert_eq!(device.text(id), "text");
    }
}
