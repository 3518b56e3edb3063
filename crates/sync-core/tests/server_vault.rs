//! What a server decides about locks, key changes and recovery codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::DEVICE;
use sync_core::message::{
    BeginRotation, LockedBy, RecoveryCodeEntry, UnlockVaultRequest, ValidateRecoveryCode,
    VaultExtent, VaultLock, Verifier,
};
use sync_core::{
    Head, HeldCode, Unlocker, check_rotation, check_unlock, find_code, lock_that_stands,
    may_try_code,
};
use vault_types::{
    Code, CredentialId, Cursor, DeviceId, Epoch, HistoryHash, LockReason, LockTier, OpaqueBytes,
};

const NOW_MS: u64 = 1_700_000_000_000;
const OTHER: DeviceId = DeviceId::from_random([77; 16]);

fn lock(by: LockedBy, reason: LockReason, locked_at_ms: u64) -> VaultLock {
    VaultLock {
        locked_at_ms,
        reason,
        enforce_tier: LockTier::Vault,
        by,
        device_id: (by == LockedBy::Device).then_some(DEVICE),
        statement: None,
    }
}

#[test]
fn the_first_lock_stands_unless_an_administrators_comes() {
    let device = lock(LockedBy::Device, LockReason::Manual, 1);
    let later = lock(LockedBy::Device, LockReason::Idle, 2);
    let expiry = lock(LockedBy::Server, LockReason::SessionExpired, 3);
    let administrator = lock(LockedBy::Server, LockReason::Administrator, 4);
    let again = lock(LockedBy::Server, LockReason::Administrator, 5);
    for (held, new, stands) in [
        (None, &device, &device),
        (Some(&device), &later, &device),
        (Some(&device), &expiry, &device),
        (Some(&device), &administrator, &administrator),
        (Some(&expiry), &administrator, &administrator),
        (Some(&administrator), &device, &administrator),
        (Some(&administrator), &again, &administrator),
    ] {
        assert_eq!(&lock_that_stands(held.cloned(), new.clone()), stands);
    }
}

#[test]
fn a_device_lifts_every_lock_but_an_administrators() {
    let any = UnlockVaultRequest::default();
    let administrator = lock(LockedBy::Server, LockReason::Administrator, 4);
    for liftable in [
        lock(LockedBy::Device, LockReason::Manual, 1),
        lock(LockedBy::Server, LockReason::SessionExpired, 3),
    ] {
        assert_eq!(check_unlock(Some(&liftable), any, Unlocker::Device), Ok(()));
    }
    let refused = check_unlock(Some(&administrator), any, Unlocker::Device);
    assert_eq!(refused, Err(Code::LockedByServer));
    let lifted = check_unlock(Some(&administrator), any, Unlocker::Administrator);
    assert_eq!(lifted, Ok(()));
    assert_eq!(check_unlock(None, any, Unlocker::Device), Ok(()));
}

#[test]
fn a_lock_that_came_later_than_the_one_meant_stays() {
    let held = lock(LockedBy::Device, LockReason::Manual, 9);
    let meant = |locked_at_ms| UnlockVaultRequest {
        locked_at_ms: Some(locked_at_ms),
    };
    let outcome = check_unlock(Some(&held), meant(8), Unlocker::Device);
    assert_eq!(outcome, Err(Code::VaultLocked));
    let outcome = check_unlock(Some(&held), meant(9), Unlocker::Device);
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_rotation_begins_only_with_the_servers_own_count_and_head() {
    let head = Head {
        cursor: Cursor(9),
        hash: HistoryHash::from_bytes([3; 32]),
    };
    let held = VaultExtent {
        key_epoch: Epoch(2),
        record_count: 5,
        head,
    };
    let request = BeginRotation {
        from_epoch: Epoch(2),
        to_epoch: Epoch(3),
        record_count: 5,
        head,
    };
    assert_eq!(check_rotation(&request, &held), Ok(()));
    let mut others = [request; 4];
    others[0].record_count = 4;
    others[1].head.cursor = Cursor(8);
    others[2].head.hash = HistoryHash::from_bytes([4; 32]);
    others[3].from_epoch = Epoch(1);
    others[3].to_epoch = Epoch(2);
    for other in others {
        assert_eq!(check_rotation(&other, &held), Err(Code::RotationConflict));
    }
    for to_epoch in [0, 1, 2, 4] {
        let to_epoch = Epoch(to_epoch);
        let odd = BeginRotation {
            to_epoch,
            ..request
        };
        assert_eq!(check_rotation(&odd, &held), Err(Code::Malformed));
    }
    let last = BeginRotation {
        from_epoch: Epoch(u32::MAX),
        to_epoch: Epoch(0),
        ..request
    };
    assert_eq!(check_rotation(&last, &held), Err(Code::Malformed));
}

#[test]
fn codes_are_tried_five_times_a_minute_and_twenty_an_hour() {
    let minute = 60 * 1000;
    assert!(may_try_code([NOW_MS; 4], NOW_MS));
    assert!(!may_try_code([NOW_MS; 5], NOW_MS));
    assert!(!may_try_code([NOW_MS; 5], NOW_MS + minute - 1));
    assert!(may_try_code([NOW_MS; 5], NOW_MS + minute));
    let spread = |count: u64| (0..count).map(move |at| NOW_MS + at * minute);
    assert!(may_try_code(spread(19), NOW_MS + 19 * minute));
    assert!(!may_try_code(spread(20), NOW_MS + 20 * minute));
    assert!(!may_try_code(spread(20), NOW_MS + 60 * minute - 1));
    assert!(may_try_code(spread(20), NOW_MS + 60 * minute));
    // The clock was set back: what was tried then still counts.
    assert!(!may_try_code([NOW_MS; 5], 0));
}

fn held(number: u8) -> HeldCode {
    HeldCode {
        entry: RecoveryCodeEntry {
            credential_id: CredentialId::from_random([number; 16]),
            label: format!("Code {number}"),
            created_ms: 1,
            used_ms: None,
            used_by_device: None,
            revoked_ms: None,
        },
        verifier_hash: Verifier::from_bytes([number; 32]).hash(),
        used_attempt: None,
    }
}

fn request(number: u8) -> ValidateRecoveryCode {
    ValidateRecoveryCode {
        credential_id: None,
        verifier: Verifier::from_bytes([number; 32]),
        attempt_id: None,
    }
}

#[test]
fn a_code_is_found_by_its_verifier_wherever_it_stands() {
    let codes: Vec<_> = (0..8).map(held).collect();
    for number in 0..8 {
        let found = find_code(&codes, &request(number), DEVICE);
        assert_eq!(found, Ok(usize::from(number)));
        let mut named = request(number);
        named.credential_id = Some(codes[usize::from(number)].entry.credential_id);
        assert_eq!(find_code(&codes, &named, DEVICE), Ok(usize::from(number)));
        named.credential_id = Some(CredentialId::from_random([99; 16]));
        let refused = find_code(&codes, &named, DEVICE);
        assert_eq!(refused, Err(Code::RecoveryCodeRefused));
    }
}

#[test]
fn unknown_used_and_revoked_codes_get_one_answer() {
    let mut codes: Vec<_> = (0..3).map(held).collect();
    codes[0].entry.used_ms = Some(5);
    codes[0].entry.used_by_device = Some(DEVICE);
    codes[1].entry.revoked_ms = Some(5);
    for number in [0, 1, 9] {
        let refused = find_code(&codes, &request(number), DEVICE);
        assert_eq!(refused, Err(Code::RecoveryCodeRefused));
    }
    let of_none = find_code(&[], &request(0), DEVICE);
    assert_eq!(of_none, Err(Code::RecoveryCodeRefused));
}

#[test]
fn only_the_same_try_of_the_same_device_may_be_repeated() {
    let attempt = |byte| Some(OpaqueBytes::new(vec![byte; 16]));
    let mut codes = vec![held(1)];
    codes[0].entry.used_ms = Some(5);
    codes[0].entry.used_by_device = Some(DEVICE);
    codes[0].used_attempt = attempt(1);
    let with = |attempt_id| ValidateRecoveryCode {
        attempt_id,
        ..request(1)
    };
    assert_eq!(find_code(&codes, &with(attempt(1)), DEVICE), Ok(0));
    for (refused, device) in [
        (with(attempt(2)), DEVICE),
        (with(None), DEVICE),
        (with(attempt(1)), OTHER),
    ] {
        let outcome = find_code(&codes, &refused, device);
        assert_eq!(outcome, Err(Code::RecoveryCodeRefused));
    }
    codes[0].used_attempt = None;
    let outcome = find_code(&codes, &with(None), DEVICE);
    assert_eq!(outcome, Err(Code::RecoveryCodeRefused));
    codes[0].used_attempt = attempt(1);
    codes[0].entry.revoked_ms = Some(6);
    let outcome = find_code(&codes, &with(attempt(1)), DEVICE);
    assert_eq!(outcome, Err(Code::RecoveryCodeRefused));
}
