//! Recovery codes.

use crate::client::{Client, Device};
use crate::process::Folders;
use crate::protect::{code, poll, put_codes, replace_slots, revoke, validate};
use sync_core::endpoint;
use sync_core::message::{
    NewRecoveryCode, RecoveryCodeList, ReplaceRecoveryCodes, ValidatedRecoveryCode,
};
use vault_types::Generation;

#[test]
fn a_code_is_used_once_and_every_device_learns_of_it() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let list = put_codes(&device, 0..8, 2);
    let labels: Vec<_> = list.codes.iter().map(|code| code.label.as_str()).collect();
    assert_eq!(labels[0], "Code 0");
    assert_eq!(labels.len(), 8);
    assert_eq!(poll(&device).recovery_used_ms, None);
    let path = endpoint::VALIDATE_RECOVERY_CODE;
    let valid: ValidatedRecoveryCode = second.client.post_json(path, &validate(3)).json();
    assert_eq!(valid.credential_id, code(3).credential_id);
    assert_eq!(valid.slots.slots_generation, Generation(2));
    let again = second.client.post_json(path, &validate(3));
    assert_eq!(
        (again.status, again.code().as_str()),
        (403, "recovery_code_refused")
    );
    let seen = poll(&device);
    assert_eq!(seen.recovery_used_by, Some(second.session.device_id));
    let list: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert_eq!(list.codes[3].used_ms, seen.recovery_used_ms);
    assert!(list.codes[3].used_ms.is_some());
    assert_eq!(list.codes[3].used_by_device, Some(second.session.device_id));
    assert_eq!(list.codes[2].used_ms, None);
}

#[test]
fn unknown_used_and_revoked_codes_get_one_answer() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    put_codes(&device, 0..3, 2);
    let path = endpoint::VALIDATE_RECOVERY_CODE;
    assert_eq!(device.client.post_json(path, &validate(0)).status, 200);
    let one = endpoint::revoke_recovery_code(code(1).credential_id);
    let list: RecoveryCodeList = device.client.post_json(&one, &revoke(3)).json();
    assert!(list.codes[1].revoked_ms.is_some());
    assert_eq!(list.codes[2].revoked_ms, None);
    let mut misnamed = validate(2);
    misnamed.credential_id = Some(code(7).credential_id);
    let answers: std::collections::BTreeSet<_> = [validate(0), validate(1), validate(9), misnamed]
        .iter()
        .map(|request| {
            let answer = device.client.post_json(path, request);
            (answer.status, answer.body)
        })
        .collect();
    assert_eq!(answers.len(), 1);
}

#[test]
fn tries_of_codes_are_limited_across_a_restart() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    put_codes(&device, 0..1, 2);
    // A slow machine may need more than a minute for five: time stands still
    // where the tries are counted.
    let hold_time = || {
        let sql = "UPDATE recovery_try SET tried_ms = ?1";
        folders
            .open_database()
            .execute(sql, [i64::MAX / 2])
            .unwrap();
    };
    let path = endpoint::VALIDATE_RECOVERY_CODE;
    for _ in 0..5 {
        let answer = device.client.post_json(path, &validate(9));
        assert_eq!(answer.code(), "recovery_code_refused");
        hold_time();
    }
    server.kill();
    let server = folders.start();
    let client = Client::new(&server).with_cookie(device.client.cookie());
    let answer = client.post_json(path, &validate(0));
    assert_eq!((answer.status, answer.code().as_str()), (429, "slow_down"));
    let sql = "UPDATE recovery_try SET tried_ms = 1";
    folders.open_database().execute(sql, []).unwrap();
    assert_eq!(client.post_json(path, &validate(0)).status, 200);
}

#[test]
fn of_two_tries_at_once_one_wins() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    put_codes(&device, 0..8, 2);
    let threads: Vec<_> = (0..5)
        .map(|_| {
            let client = device.client.clone();
            std::thread::spawn(move || {
                let path = endpoint::VALIDATE_RECOVERY_CODE;
                client.post_json(path, &validate(1)).status
            })
        })
        .collect();
    let statuses: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let won = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(won, 1, "{statuses:?}");
}

#[test]
fn codes_beyond_a_limit_or_twice_the_same_are_refused_and_the_set_stays() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let before = put_codes(&device, 0..2, 2);
    let long = NewRecoveryCode {
        label: "x".repeat(129),
        ..code(1)
    };
    for (codes, generation, expected) in [
        ((0..17).map(code).collect(), 3, "limit_exceeded"),
        (vec![long], 3, "limit_exceeded"),
        (vec![code(1), code(1)], 3, "malformed"),
        (vec![code(1)], 2, "slots_conflict"),
        (vec![code(1)], 4, "slots_conflict"),
    ] {
        let slots = replace_slots(generation);
        let request = ReplaceRecoveryCodes { codes, slots };
        let answer = device.client.post_json(endpoint::RECOVERY_CODES, &request);
        assert_eq!(answer.code(), expected);
    }
    let unknown = endpoint::revoke_recovery_code(code(9).credential_id);
    let answer = device.client.post_json(&unknown, &revoke(3));
    assert_eq!(answer.code(), "unknown_recovery_code");
    let answer = device
        .client
        .post_json("/api/vault/recovery-codes/x/revoke", &revoke(3));
    assert_eq!(answer.code(), "unknown_recovery_code");
    let after: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert_eq!(after, before);
    let list: RecoveryCodeList = device
        .client
        .post_json(endpoint::REVOKE_RECOVERY_CODES, &revoke(3))
        .json();
    assert!(list.codes.iter().all(|code| code.revoked_ms.is_some()));
}
