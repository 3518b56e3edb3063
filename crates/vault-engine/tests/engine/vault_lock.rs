//! Locks that reach every device of the vault.

use crate::support::{Device, Fault, Meddling, Net, Server, first_device, further_device, problem};
use sync_core::endpoint;
use sync_core::message::{LockedBy, VaultLock};
use vault_engine::{Command, LiftedBy, LockOrigin, LockSettings, Notice, Phase, Store};
use vault_types::{Code, LockReason, LockTier, OpaqueBytes, limits};

/// One poll and the grace.
const WITHIN_MS: u64 = limits::POLL_INTERVAL_MS + limits::POLL_INTERVAL_MS / 5 + 1_000;
/// After which a lock of this device may be lifted by it.
const HOLD_MS: u64 = 35 * 1000;

impl Device {
    fn lock_all(&mut self) {
        let tier = Some(LockTier::Vault);
        assert!(self.call(Command::Lock { tier }).is_ok());
        assert_eq!(self.phase(), Phase::Locked);
    }
}

fn two(net: &Net) -> (Device, Device) {
    let mut first = first_device(net);
    first.put("Title", "text");
    first.sync_well();
    (first, further_device(net, 2))
}

fn lock_at_server(net: &Net) -> Option<VaultLock> {
    net.borrow_mut().vault().info.lock.clone()
}

fn lock_by_administrator(net: &Net, at_ms: u64) {
    net.borrow_mut().vault().lock(VaultLock {
        locked_at_ms: at_ms,
        reason: LockReason::Administrator,
        enforce_tier: LockTier::Vault,
        by: LockedBy::Server,
        device_id: None,
        statement: None,
    });
}

#[test]
fn a_lock_of_every_device_reaches_the_others_within_a_poll() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    first.lock_all();
    assert!(lock_at_server(&net).is_some());
    second.now_ms = first.now_ms;
    second.notices.clear();
    second.advance(WITHIN_MS);
    let warned = |notice: &Notice| matches!(notice, Notice::Locking { .. });
    assert!(second.notices.iter().any(warned));
    assert_eq!(second.phase(), Phase::Locked);
    let lock = second.state().lock.unwrap();
    assert_eq!(lock.by, LockOrigin::OtherDevice);
    assert_eq!(
        (lock.reason, lock.tier),
        (LockReason::Manual, LockTier::Vault)
    );
    assert_eq!(lock.lifted_by, LiftedBy::Passphrase);
    assert_eq!(second.hits("text").err().unwrap().code, Code::Locked);
}

#[test]
fn from_the_notice_on_nothing_is_shown() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    let id = second.list()[0].id;
    first.lock_all();
    second.now_ms = first.now_ms;
    assert_eq!(second.sync().code, Some(Code::VaultLocked.as_str()));
    assert_eq!(second.open(id).err().unwrap().code, Code::Locked);
    second.let_it_lock();
}

#[test]
fn whoever_opens_the_vault_lifts_a_devices_lock() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    first.lock_all();
    second.now_ms = first.now_ms;
    second.sync();
    second.let_it_lock();
    for restarts in [false, true] {
        if restarts {
            second.lock_all();
            second.restart();
            second.advance(HOLD_MS);
        }
        second.unlock().unwrap();
        second.settle();
        assert_eq!(lock_at_server(&net), None);
        second.put("New", "new words");
        second.sync_well();
    }
    first.now_ms = second.now_ms;
    first.unlock().unwrap();
    first.sync_well();
    assert_eq!(first.titles(), ["New", "New", "Title"]);
}

#[test]
fn ones_own_lock_stays_until_the_others_have_heard_of_it() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    first.lock_all();
    first.unlock().unwrap();
    let id = first.put("Quick", "quick words");
    first.advance(20_000);
    assert!(lock_at_server(&net).is_some());
    assert_eq!(first.phase(), Phase::Unlocked);
    second.now_ms = first.now_ms;
    second.advance(WITHIN_MS - 20_000);
    second.let_it_lock();
    first.advance(HOLD_MS);
    assert_eq!(lock_at_server(&net), None);
    assert_eq!(first.text(id), "quick words");
    first.sync_well();
    assert_eq!(first.phase(), Phase::Unlocked);
}

#[test]
fn a_lock_that_comes_after_an_unlock_is_obeyed() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    net.borrow_mut().offline = true;
    first.lock();
    first.unlock().unwrap();
    net.borrow_mut().offline = false;
    second.now_ms = first.now_ms + 10;
    second.lock_all();
    first.now_ms = second.now_ms + 10;
    first.sync();
    first.let_it_lock();
    assert!(lock_at_server(&net).is_some());
}

#[test]
fn a_lock_while_offline_is_told_when_the_server_is_back() {
    for restarts in [false, true] {
        let net = Server::new();
        let (mut first, mut second) = two(&net);
        net.borrow_mut().offline = true;
        first.lock_all();
        assert_eq!(first.phase(), Phase::Locked);
        if restarts {
            first.restart();
        }
        net.borrow_mut().offline = false;
        first.advance(5 * 60_000);
        let lock = lock_at_server(&net).unwrap();
        assert_eq!(lock.reason, LockReason::Manual);
        assert!(
            !first
                .disk
                .keys(Store::Meta)
                .contains(&"lock_intent".to_owned())
        );
        second.now_ms = first.now_ms;
        second.sync();
        assert_eq!(second.phase(), Phase::Unlocked);
        second.let_it_lock();
        assert_eq!(second.lock_of().unwrap().2, LockOrigin::OtherDevice);
    }
}

#[test]
fn a_lock_that_was_told_offline_and_lifted_here_still_reaches_the_others() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    net.borrow_mut().offline = true;
    first.lock_all();
    first.unlock().unwrap();
    net.borrow_mut().offline = false;
    first.advance(6_000);
    assert!(lock_at_server(&net).is_some());
    second.now_ms = first.now_ms;
    second.sync();
    second.let_it_lock();
    first.advance(2 * HOLD_MS);
    assert_eq!(lock_at_server(&net), None);
    assert_eq!(first.phase(), Phase::Unlocked);
}

#[test]
fn a_lock_is_not_forgotten_by_a_crash_once_it_was_answered() {
    for at in 0..4 {
        for fault in [Fault::CrashBefore, Fault::CrashAfter] {
            let net = Server::new();
            let (mut first, _) = two(&net);
            net.borrow_mut().offline = true;
            first.disk.plan(at, fault);
            let tier = Some(LockTier::Vault);
            let answer = first.try_call(Command::Lock { tier });
            first.disk.mend();
            first.restart();
            net.borrow_mut().offline = false;
            first.advance(5 * 60_000);
            if answer.is_some() {
                assert!(lock_at_server(&net).is_some(), "{fault:?} at {at}");
            }
            assert!(first.unlock().is_ok());
        }
    }
}

#[test]
fn a_locked_device_can_lock_the_others_too() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    first.lock();
    first.lock_all();
    second.now_ms = first.now_ms;
    second.sync();
    second.let_it_lock();
    // It held no key, so nobody can tell that it was a device.
    assert_eq!(second.lock_of().unwrap().2, LockOrigin::Server);
    second.unlock().unwrap();
    second.settle();
    assert_eq!(lock_at_server(&net), None);
}

#[test]
fn a_statement_that_no_device_made_is_shown_as_the_servers() {
    let forge: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes[1] ^= 1,
        |bytes| bytes.truncate(10),
        |bytes| bytes.clear(),
    ];
    for change in forge {
        let net = Server::new();
        let (mut first, mut second) = two(&net);
        first.lock_all();
        if let Some(lock) = &mut net.borrow_mut().vault().info.lock {
            let mut bytes = lock.statement.take().unwrap().into_vec();
            change(&mut bytes);
            lock.statement = Some(OpaqueBytes::new(bytes));
        }
        second.now_ms = first.now_ms;
        second.sync();
        second.let_it_lock();
        assert_eq!(second.lock_of().unwrap().2, LockOrigin::Server);
    }
}

#[test]
fn only_the_administrator_lifts_the_administrators_lock() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    second.lock();
    lock_by_administrator(&net, first.now_ms);
    first.sync();
    first.let_it_lock();
    let lock = first.state().lock.unwrap();
    assert_eq!(lock.by, LockOrigin::Server);
    assert_eq!(lock.reason, LockReason::Administrator);
    assert_eq!(lock.lifted_by, LiftedBy::Administrator);
    // Also on a device that did not know, and without the server.
    for device in [&mut first, &mut second] {
        let refused = device.unlock().err().unwrap();
        assert_eq!(refused.code, Code::LockedByServer);
        assert_eq!(device.phase(), Phase::Locked);
        net.borrow_mut().offline = true;
        device.restart();
        let refused = device.unlock().err().unwrap();
        assert_eq!(refused.code, Code::LockedByServer);
        net.borrow_mut().offline = false;
    }
    net.borrow_mut().vault().info.lock = None;
    for device in [&mut first, &mut second] {
        device.unlock().unwrap();
        device.sync_well();
        assert_eq!(device.titles(), ["Title"]);
    }
}

#[test]
fn an_upload_that_meets_a_lock_keeps_what_it_sent() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    let id = first.put("Unsent", "unsent words");
    let meddling = Meddling::Replace(problem(Code::VaultLocked));
    net.borrow_mut().meddle_once(endpoint::UPLOAD, meddling);
    let status = first.sync();
    assert_eq!(status.code, Some(Code::VaultLocked.as_str()));
    assert_eq!(status.unsent, 1);
    second.now_ms = first.now_ms;
    second.lock_all();
    first.advance(WITHIN_MS);
    assert_eq!(first.phase(), Phase::Locked);
    first.restart();
    first.unlock().unwrap();
    first.sync();
    first.sync_well();
    assert_eq!(first.text(id), "unsent words");
}

#[test]
fn a_server_that_always_refuses_makes_no_storm() {
    let net = Server::new();
    let (mut first, _) = two(&net);
    net.borrow_mut().meddler = Some(Box::new(|request| match request.path.as_str() {
        endpoint::UPLOAD => Meddling::Replace(problem(Code::VaultLocked)),
        _ => Meddling::Pass,
    }));
    first.put("Unsent", "unsent words");
    let before = net.borrow().log.len();
    first.advance(5 * 60_000);
    let requests = net.borrow().log.len() - before;
    assert!(requests < 60, "{requests} requests in five minutes");
}

#[test]
fn strict_makes_every_lock_one_of_every_device() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    let strict = LockSettings {
        strict: true,
        ..LockSettings::default()
    };
    net.borrow_mut().offline = true;
    first.settings(strict).unwrap();
    net.borrow_mut().offline = false;
    assert!(!net.borrow_mut().vault().info.settings.strict);
    // The server learns of it with the next poll, also of another process.
    first.restart();
    first.unlock().unwrap();
    first.sync();
    first.settle();
    assert!(net.borrow_mut().vault().info.settings.strict);
    let told = net.borrow().count(endpoint::SETTINGS);
    first.sync();
    assert_eq!(net.borrow().count(endpoint::SETTINGS), told);
    first.advance(limits::IDLE_LOCK_MS);
    first.let_it_lock();
    let lock = lock_at_server(&net).unwrap();
    assert_eq!(lock.reason, LockReason::Idle);
    second.now_ms = first.now_ms;
    let _ = second.sync();
    second.let_it_lock();
}

#[test]
fn a_focus_session_does_not_keep_out_a_lock_from_elsewhere() {
    let net = Server::new();
    let (mut first, mut second) = two(&net);
    let token = String::from("focus");
    let awake = Command::KeepAwake { token, on: true };
    assert!(second.call(awake).is_ok());
    first.lock_all();
    second.now_ms = first.now_ms;
    second.advance(WITHIN_MS);
    assert_eq!(second.phase(), Phase::Locked);
}
