//! Locks, recovery codes, the change of the key, the reset: over HTTP.

use crate::access::stranger;
use crate::client::{Client, Device};
use crate::process::{Folders, Server};
use sync_core::endpoint;
use sync_core::message::{
    BeginRotation, CommitRotation, LockVaultRequest, LockedBy, LogoutEverywhereRequest,
    NewRecoveryCode, PollResponse, Problem, RESET_WORDS, RecoveryCodeList, ReplaceRecoveryCodes,
    ReplaceSlots, ResetVaultRequest, RevokeRecoveryCodes, RotationBegun, SlotList,
    UnlockVaultRequest, ValidateRecoveryCode, ValidatedRecoveryCode, VaultExtent, VaultInfo,
    VaultLock, VaultSettings, Verifier,
};
use vault_types::{
    CredentialId, Cursor, Epoch, Generation, LockReason, LockTier, OpaqueBytes, PolicyVersion,
    RotationId, VaultId,
};

pub(crate) fn replace_slots(generation: u64) -> ReplaceSlots {
    ReplaceSlots::from(SlotList {
        slots_generation: Generation(generation),
        slot_list: OpaqueBytes::new(vec![6; 40]),
    })
}

pub(crate) fn verifier(number: u8) -> Verifier {
    Verifier::from_bytes([number; 32])
}

pub(crate) fn code(number: u8) -> NewRecoveryCode {
    NewRecoveryCode {
        credential_id: CredentialId::from_random([number; 16]),
        label: format!("Code {number}"),
        verifier_hash: verifier(number).hash(),
    }
}

pub(crate) fn revoke(generation: u64) -> RevokeRecoveryCodes {
    RevokeRecoveryCodes {
        slots: replace_slots(generation),
    }
}

pub(crate) fn lock_request() -> LockVaultRequest {
    LockVaultRequest {
        reason: LockReason::Manual,
        enforce_tier: LockTier::Vault,
        statement: OpaqueBytes::new(vec![3; 48]),
    }
}

fn validate(number: u8) -> ValidateRecoveryCode {
    ValidateRecoveryCode {
        credential_id: None,
        verifier: verifier(number),
        attempt_id: None,
    }
}

fn put_codes(device: &Device, numbers: std::ops::Range<u8>, generation: u64) -> RecoveryCodeList {
    let request = ReplaceRecoveryCodes {
        codes: numbers.map(code).collect(),
        slots: replace_slots(generation),
    };
    let answer = device.client.post_json(endpoint::RECOVERY_CODES, &request);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn poll(device: &Device) -> PollResponse {
    device.client.request(endpoint::POLL).json()
}

fn unlock(client: &Client, locked_at_ms: Option<u64>) -> crate::client::Answer {
    client.post_json(endpoint::UNLOCK, &UnlockVaultRequest { locked_at_ms })
}

#[test]
fn a_lock_is_seen_and_lifted_by_another_device() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let lock: VaultLock = device
        .client
        .post_json(endpoint::LOCK, &lock_request())
        .json();
    assert_eq!(lock.by, LockedBy::Device);
    assert_eq!(lock.device_id, Some(device.session.device_id));
    assert_eq!(lock.statement, Some(lock_request().statement));
    assert_eq!(poll(&second).lock, Some(lock.clone()));
    let info: VaultInfo = second.client.request(endpoint::VAULT).json();
    assert_eq!(info.lock, Some(lock.clone()));
    let again: VaultLock = second
        .client
        .post_json(endpoint::LOCK, &lock_request())
        .json();
    assert_eq!(again, lock, "the first lock stands");
    let other = unlock(&second.client, Some(lock.locked_at_ms + 1));
    assert_eq!((other.status, other.code().as_str()), (423, "vault_locked"));
    assert_eq!(unlock(&second.client, Some(lock.locked_at_ms)).status, 204);
    assert_eq!(poll(&device).lock, None);
    assert_eq!(unlock(&second.client, None).status, 204, "there is none");
}

#[test]
fn a_lock_of_one_device_or_with_a_long_statement_is_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let mut request = lock_request();
    request.enforce_tier = LockTier::Device;
    let answer = device.client.post_json(endpoint::LOCK, &request);
    assert_eq!(answer.code(), "malformed");
    let mut request = lock_request();
    request.statement = OpaqueBytes::new(vec![0; 1025]);
    let answer = device.client.post_json(endpoint::LOCK, &request);
    assert_eq!(answer.code(), "limit_exceeded");
    assert_eq!(poll(&device).lock, None);
}

#[test]
fn an_administrators_lock_is_lifted_by_an_administrator_only() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    folders.run(&["lock"]);
    let lock = poll(&device).lock.unwrap();
    assert_eq!(
        (lock.by, lock.reason),
        (LockedBy::Server, LockReason::Administrator)
    );
    let answer = unlock(&device.client, None);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (423, "locked_by_server")
    );
    let id = vault.vault_id.to_string();
    folders.run(&["unlock", "--vault", &id]);
    assert_eq!(poll(&device).lock, None);
    let account = vault.account_id.to_string();
    folders.run(&["lock", "--account", &account]);
    assert!(poll(&device).lock.is_some());
    let nobodys = VaultId::from_random([9; 16]).to_string();
    let refused = folders.fail(&["lock", "--vault", &nobodys]);
    assert!(refused.contains("There is no such vault"), "{refused}");
}

#[test]
fn signing_out_everywhere_ends_every_session_and_locks_the_vault() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let open_link = folders.link();
    let request = LogoutEverywhereRequest { statement: None };
    let answer = device
        .client
        .post_json(endpoint::LOGOUT_EVERYWHERE, &request);
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    for client in [&device.client, &second.client] {
        assert_eq!(client.request(endpoint::POLL).code(), "signed_out");
    }
    let used = crate::client::sign_in(&Client::new(&server), &open_link, 3);
    assert_eq!(used.code(), "link_invalid", "open links end too");
    let again = Device::sign_in(&server, &folders.link(), 2);
    assert_eq!(poll(&again).lock.unwrap().reason, LockReason::Logout);
    assert_eq!(unlock(&again.client, None).status, 204);
}

fn expire(folders: &Folders, device: &Device) {
    let database = folders.open_database();
    let id = device.session.device_id;
    let sql = "UPDATE session SET last_used_ms = 1 WHERE device_id = ?1";
    assert_eq!(database.execute(sql, [id.as_bytes()]), Ok(1));
}

#[test]
fn the_end_of_a_session_locks_a_strict_vault_and_no_other() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    for strict in [false, true] {
        let settings = serde_json::to_vec(&VaultSettings { strict }).unwrap();
        let headers = [("content-type", endpoint::JSON)];
        let kept = device
            .client
            .send("PUT", endpoint::SETTINGS, &headers, &settings);
        assert_eq!(kept.status, 204);
        let second = Device::sign_in(&server, &folders.link(), 2);
        expire(&folders, &second);
        assert_eq!(second.client.request(endpoint::POLL).code(), "signed_out");
        let lock = poll(&device).lock;
        assert_eq!(lock.is_some(), strict);
        if let Some(lock) = lock {
            assert_eq!(
                (lock.by, lock.reason),
                (LockedBy::Server, LockReason::SessionExpired)
            );
        }
    }
    assert_eq!(unlock(&device.client, None).status, 204, "no lock-out");
}

#[test]
fn a_restarted_server_ends_sessions_that_ran_out_meanwhile() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let settings = serde_json::to_vec(&VaultSettings { strict: true }).unwrap();
    let headers = [("content-type", endpoint::JSON)];
    device
        .client
        .send("PUT", endpoint::SETTINGS, &headers, &settings);
    Device::sign_in(&server, &folders.link(), 2);
    server.stop();
    folders
        .open_database()
        .execute("UPDATE session SET last_used_ms = 1", [])
        .unwrap();
    let server = folders.start();
    let again = Device::sign_in(&server, &server.link, 3);
    let expected = Some(LockReason::SessionExpired);
    let seen = (0..3_000).find_map(|_| {
        let lock = poll(&again).lock;
        if lock.is_none() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        lock
    });
    assert_eq!(seen.map(|lock| lock.reason), expected);
}

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

fn begin(vault: &VaultInfo, record_count: u64) -> BeginRotation {
    BeginRotation {
        from_epoch: vault.key_epoch,
        to_epoch: Epoch(vault.key_epoch.0 + 1),
        record_count,
        head: vault.head,
    }
}

fn commit(generation: u64) -> CommitRotation {
    CommitRotation {
        slots: ReplaceSlots {
            policy_version: Some(PolicyVersion(2)),
            ..replace_slots(generation)
        },
        codes: vec![code(7)],
    }
}

#[test]
fn a_rotation_is_begun_with_the_whole_vault_known_and_committed_at_once() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    let mut second = device.op(3);
    second.header.record_id = device.op(1).header.record_id;
    second.header.base = Some(device.op(1).header.op_id);
    device.upload(&vault, &[device.op(1), device.op(2), second]);
    let answer = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 2));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "rotation_conflict")
    );
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    let now: VaultInfo = device.client.request(endpoint::VAULT).json();
    let extent = VaultExtent {
        key_epoch: Epoch(1),
        record_count: 2,
        head: now.head,
    };
    assert_eq!(problem.extent, Some(extent));
    let wrong_count = device.client.post_json(endpoint::ROTATION, &begin(&now, 3));
    assert_eq!(wrong_count.code(), "rotation_conflict");
    let answer = device.client.post_json(endpoint::ROTATION, &begin(&now, 2));
    let begun: RotationBegun = answer.json();
    let path = endpoint::commit_rotation(begun.rotation_id);
    let early = device.client.post_json(&path, &commit(2));
    assert_eq!(early.code(), "slots_conflict");
    let unchanged: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(unchanged, now);
    // An edit between the phases is no reason to fail.
    device.upload(&vault, &[device.op(9)]);
    assert_eq!(device.client.post_json(&path, &commit(3)).status, 204);
    let repeated = device.client.post_json(&path, &commit(3));
    assert_eq!(repeated.status, 204, "a lost answer may be asked for again");
    let other = device.client.post_json(&path, &commit(4));
    assert_eq!(other.code(), "rotation_expired");
    let rotated: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(
        (rotated.key_epoch, rotated.slots_generation),
        (Epoch(2), Generation(3))
    );
    assert_eq!(rotated.policy_version, PolicyVersion(2));
    assert_eq!(poll(&device).key_epoch, Epoch(2));
    let codes: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert_eq!(codes.codes.len(), 1, "the old codes are gone");
    let late = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 3));
    assert_eq!(
        late.code(),
        "rotation_conflict",
        "from an epoch that is over"
    );
}

#[test]
fn a_rotation_that_took_too_long_or_was_replaced_is_not_committed() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let begun = |device: &Device| -> RotationBegun {
        let answer = device
            .client
            .post_json(endpoint::ROTATION, &begin(&vault, 0));
        answer.json()
    };
    let first = begun(&device);
    let second = begun(&device);
    let nobodys = RotationId::from_random([9; 16]);
    for id in [first.rotation_id, nobodys] {
        let path = endpoint::commit_rotation(id);
        let answer = device.client.post_json(&path, &commit(2));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "rotation_expired")
        );
    }
    let sql = "UPDATE rotation SET expires_at_ms = 1";
    folders.open_database().execute(sql, []).unwrap();
    let path = endpoint::commit_rotation(second.rotation_id);
    let answer = device.client.post_json(&path, &commit(2));
    assert_eq!(answer.code(), "rotation_expired");
    let mut skips = begin(&vault, 0);
    skips.to_epoch = Epoch(3);
    let answer = device.client.post_json(endpoint::ROTATION, &skips);
    assert_eq!(answer.code(), "malformed");
    let unchanged: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(unchanged, vault);
}

/// The same device, after the server was killed and started again.
fn after_kill(folders: &Folders, server: Server, device: &Device) -> (Server, Device) {
    server.kill();
    let server = folders.start();
    let device = Device {
        client: Client::new(&server).with_cookie(device.client.cookie()),
        session: device.session.clone(),
    };
    (server, device)
}

#[test]
fn a_server_killed_between_the_phases_is_left_as_before_and_goes_on() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    let before: VaultInfo = device.client.request(endpoint::VAULT).json();
    let answer = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 0));
    let begun: RotationBegun = answer.json();
    let (server, device) = after_kill(&folders, server, &device);
    let after: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(after, before);
    let codes: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert_eq!(codes.codes.len(), 2);
    device.upload(&vault, &[device.op(1)]);
    let path = endpoint::commit_rotation(begun.rotation_id);
    assert_eq!(device.client.post_json(&path, &commit(3)).status, 204);
    let (_server, device) = after_kill(&folders, server, &device);
    let rotated: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(rotated.key_epoch, Epoch(2), "what was acknowledged stays");
}

fn reset(device: &Device, vault_id: VaultId, confirm: &str) -> crate::client::Answer {
    let request = ResetVaultRequest {
        vault_id,
        confirm: confirm.to_owned(),
    };
    device.client.post_json(endpoint::RESET, &request)
}

#[test]
fn a_reset_destroys_the_vault_and_a_device_that_missed_it_learns() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    device.upload(&vault, &[device.op(1)]);
    let second = Device::sign_in(&server, &folders.link(), 2);
    device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 0));
    assert_eq!(reset(&device, vault.vault_id, RESET_WORDS).status, 204);
    assert_eq!(second.client.request(endpoint::POLL).code(), "no_vault");
    let request = second.upload_request(&vault, &[second.op(1)]);
    let answer = second.client.post_json(endpoint::UPLOAD, &request);
    assert_eq!(answer.code(), "unknown_vault");
    let database = folders.open_database();
    for table in ["op", "record_head", "recovery_code", "rotation", "vault"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = database.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let again = reset(&device, vault.vault_id, RESET_WORDS);
    assert_eq!(again.code(), "unknown_vault");
    // A new vault is another one: late writes for the old one do not reach it.
    assert_eq!(device.create_vault(3).status, 201);
    let late = ReplaceSlots {
        vault_id: Some(vault.vault_id),
        ..replace_slots(2)
    };
    let headers = [("content-type", endpoint::JSON)];
    let body = serde_json::to_vec(&late).unwrap();
    let answer = second.client.send("PUT", endpoint::SLOTS, &headers, &body);
    assert_eq!(answer.code(), "unknown_vault");
    assert_ne!(poll(&second).vault_id, vault.vault_id);
    assert_eq!(
        second
            .download(&device.client.request(endpoint::VAULT).json(), Cursor(0))
            .changes,
        []
    );
}

#[test]
fn a_reset_takes_the_words_the_id_and_a_sign_in_of_the_last_five_minutes() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let other = VaultId::from_random([9; 16]);
    assert_eq!(reset(&device, other, RESET_WORDS).code(), "unknown_vault");
    for words in ["", "Delete Everything", "delete everything "] {
        assert_eq!(reset(&device, vault.vault_id, words).code(), "malformed");
    }
    for signed_in in ["signed_in_ms - 300001", "0", "signed_in_ms + 9999999999999"] {
        let sql = format!("UPDATE session SET signed_in_ms = {signed_in}");
        folders.open_database().execute(&sql, []).unwrap();
        let answer = reset(&device, vault.vault_id, RESET_WORDS);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "sign_in_again")
        );
    }
    let again = Device::sign_in(&server, &folders.link(), 1);
    assert_eq!(
        poll(&again).vault_id,
        vault.vault_id,
        "nothing was destroyed"
    );
    assert_eq!(reset(&again, vault.vault_id, RESET_WORDS).status, 204);
}

#[test]
fn another_accounts_ids_are_as_unknown_as_none() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    let answer = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 0));
    let begun: RotationBegun = answer.json();
    let thief = Device {
        client: stranger(&server, &folders),
        session: device.session.clone(),
    };
    // First without a vault of its own, then with one.
    for with_vault in [false, true] {
        if with_vault {
            assert_eq!(thief.create_vault(8).status, 201);
        }
        let try_all = |code_number: u8, rotation_id, vault_id| {
            let revoke_one = endpoint::revoke_recovery_code(code(code_number).credential_id);
            let slots = ReplaceSlots {
                vault_id: Some(vault_id),
                ..replace_slots(2)
            };
            let slots = serde_json::to_vec(&slots).unwrap();
            let headers = [("content-type", endpoint::JSON)];
            [
                thief.client.post_json(&revoke_one, &revoke(2)),
                thief
                    .client
                    .post_json(&endpoint::commit_rotation(rotation_id), &commit(2)),
                thief
                    .client
                    .post_json(endpoint::VALIDATE_RECOVERY_CODE, &validate(code_number)),
                thief.client.send("PUT", endpoint::SLOTS, &headers, &slots),
                reset(&thief, vault_id, RESET_WORDS),
            ]
            .map(|answer| (answer.status, answer.code(), answer.body))
        };
        let theirs = try_all(1, begun.rotation_id, vault.vault_id);
        let nobodys = try_all(
            99,
            RotationId::from_random([99; 16]),
            VaultId::from_random([99; 16]),
        );
        assert_eq!(theirs, nobodys);
    }
    thief.client.post_json(endpoint::LOCK, &lock_request());
    assert_eq!(poll(&device).lock, None);
    let codes: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert!(codes.codes.iter().all(|code| code.used_ms.is_none()));
}
