//! The facts about locks, recovery codes, key changes, policies and the end of
//! a vault, over any store.

use crate::contract::{
    NOW_MS, VAULT, add_link, create_vault, device, hash, join_all, op, sign_in, slot_list, upload,
};
use sync_core::message::{
    BeginRotation, CommitRotation, CreatePolicyRequest, LockedBy, NewRecoveryCode,
    ReplaceRecoveryCodes, ReplaceSlots, ValidateRecoveryCode, VaultLock, VaultSettings, Verifier,
};
use sync_core::{Head, Unlocker};
use sync_server::store::{
    CodeTry, EndRotation, LogoutEverywhere, NewLock, NewRotation, PolicyCreated, PolicyDeprecated,
    Revoked, SessionFound, Store, Unlock, VaultCreated, VaultRefusal, WhenFull,
};
use vault_types::{
    AccountId, CredentialId, Epoch, Generation, LockReason, LockTier, OpaqueBytes, PolicyVersion,
    RotationId, VaultId, limits,
};

const STRANGER: AccountId = AccountId::from_random([66; 16]);
const ROTATION: RotationId = RotationId::from_random([5; 16]);

fn slots(generation: u64) -> ReplaceSlots {
    ReplaceSlots::from(slot_list(generation))
}

fn code(number: u8) -> NewRecoveryCode {
    NewRecoveryCode {
        credential_id: CredentialId::from_random([number; 16]),
        label: format!("Code {number}"),
        verifier_hash: Verifier::from_bytes([number; 32]).hash(),
    }
}

fn validate(number: u8) -> ValidateRecoveryCode {
    ValidateRecoveryCode {
        credential_id: None,
        verifier: Verifier::from_bytes([number; 32]),
        attempt_id: None,
    }
}

fn code_try<S: Store>(store: &S, now_ms: u64) -> CodeTry {
    CodeTry {
        account_id: store.owner(),
        device_id: device(1),
        now_ms,
    }
}

fn lock_of(by: LockedBy, reason: LockReason) -> VaultLock {
    VaultLock {
        locked_at_ms: NOW_MS,
        reason,
        enforce_tier: LockTier::Vault,
        by,
        device_id: (by == LockedBy::Device).then_some(device(1)),
        statement: (by == LockedBy::Device).then(|| OpaqueBytes::new(vec![1, 2, 3])),
    }
}

async fn lock<S: Store>(store: &S, lock: VaultLock) -> Result<VaultLock, VaultRefusal> {
    let account_id = store.owner();
    store
        .lock_vault(NewLock { account_id, lock })
        .await
        .unwrap()
}

async fn unlock<S: Store>(store: &S, unlocker: Unlocker) -> Result<(), VaultRefusal> {
    let unlock = Unlock {
        account_id: store.owner(),
        unlocker,
        locked_at_ms: None,
    };
    store.unlock_vault(unlock).await.unwrap()
}

async fn put_codes<S: Store>(store: &S, numbers: core::ops::Range<u8>, generation: u64) {
    let codes = ReplaceRecoveryCodes {
        codes: numbers.map(code).collect(),
        slots: slots(generation),
    };
    let outcome = store.replace_recovery_codes(store.owner(), codes, NOW_MS);
    outcome.await.unwrap().unwrap();
}

fn begin(record_count: u64, head: Head) -> BeginRotation {
    BeginRotation {
        from_epoch: Epoch(1),
        to_epoch: Epoch(2),
        record_count,
        head,
    }
}

fn new_rotation<S: Store>(store: &S, rotation_id: RotationId) -> NewRotation {
    NewRotation {
        account_id: store.owner(),
        rotation_id,
        now_ms: NOW_MS,
    }
}

fn end_rotation<S: Store>(store: &S, now_ms: u64) -> EndRotation {
    EndRotation {
        account_id: store.owner(),
        rotation_id: ROTATION,
        now_ms,
    }
}

fn commit(generation: u64) -> CommitRotation {
    CommitRotation {
        slots: slots(generation),
        codes: vec![code(9)],
    }
}

pub(crate) async fn a_lock_is_kept_whole_and_refuses_every_change<S: Store>(store: &S) {
    let owner = store.owner();
    let devices = lock_of(LockedBy::Device, LockReason::Manual);
    assert_eq!(
        lock(store, devices.clone()).await,
        Err(VaultRefusal::NoVault)
    );
    create_vault(store).await;
    assert_eq!(lock(store, devices.clone()).await, Ok(devices.clone()));
    let row = store.vault(owner).await.unwrap().unwrap();
    assert_eq!(row.lock, Some(devices));
    let codes = ReplaceRecoveryCodes {
        codes: vec![],
        slots: slots(2),
    };
    let refused = Err(VaultRefusal::Locked);
    assert_eq!(store.replace_slots(owner, slots(2)).await, Ok(refused));
    let settings = VaultSettings { strict: true };
    assert_eq!(store.keep_settings(owner, settings).await, Ok(refused));
    assert_eq!(store.reset_vault(owner, VAULT).await, Ok(refused));
    let uploaded = store.upload(upload(store, 1, vec![op(1, 1)])).await;
    assert_eq!(uploaded, Ok(Err(VaultRefusal::Locked)));
    let replaced = store.replace_recovery_codes(owner, codes, NOW_MS).await;
    assert_eq!(replaced, Ok(Err(VaultRefusal::Locked)));
    let revoked = store.revoke_recovery_codes(owner, Revoked::All, slots(2), NOW_MS);
    assert_eq!(revoked.await, Ok(Err(VaultRefusal::Locked)));
    let validated = store.validate_recovery_code(code_try(store, NOW_MS), validate(1));
    assert_eq!(validated.await, Ok(Err(VaultRefusal::Locked)));
    let begun = store.begin_rotation(new_rotation(store, ROTATION), begin(0, Head::default()));
    assert_eq!(begun.await, Ok(Err(VaultRefusal::Locked)));
    let ended = store.commit_rotation(end_rotation(store, NOW_MS), commit(2));
    assert_eq!(ended.await, Ok(Err(VaultRefusal::Locked)));
    assert_eq!(store.vault(owner).await, Ok(Some(row)));
    assert_eq!(unlock(store, Unlocker::Device).await, Ok(()));
    assert_eq!(store.replace_slots(owner, slots(2)).await, Ok(Ok(())));
}

pub(crate) async fn an_administrators_lock_is_theirs<S: Store>(store: &S) {
    create_vault(store).await;
    let administrators = lock_of(LockedBy::Server, LockReason::Administrator);
    lock(store, lock_of(LockedBy::Device, LockReason::Idle))
        .await
        .unwrap();
    assert_eq!(
        lock(store, administrators.clone()).await,
        Ok(administrators.clone())
    );
    let devices = lock_of(LockedBy::Device, LockReason::Idle);
    assert_eq!(lock(store, devices).await, Ok(administrators));
    let refused = unlock(store, Unlocker::Device).await;
    assert_eq!(refused, Err(VaultRefusal::LockedByServer));
    assert_eq!(unlock(store, Unlocker::Administrator).await, Ok(()));
    let found = store.accounts_of_vault(VAULT).await;
    assert_eq!(found, Ok(vec![store.owner()]));
    let nobodys = store.accounts_of_vault(VaultId::from_random([9; 16])).await;
    assert_eq!(nobodys, Ok(vec![]));
}

pub(crate) async fn sessions_that_ran_out_lock_a_strict_vault<S: Store>(store: &S) {
    let end = NOW_MS + limits::SESSION_LIFE_S * 1000;
    create_vault(store).await;
    for strict in [false, true] {
        let kept = store.keep_settings(store.owner(), VaultSettings { strict });
        assert_eq!(kept.await, Ok(Ok(())));
        add_link(store, 1, NOW_MS, WhenFull::Refuse).await;
        sign_in(store, 1, 1, NOW_MS).await;
        assert_eq!(store.end_expired_sessions(end - 1).await, Ok(0));
        assert_eq!(store.end_expired_sessions(end).await, Ok(1));
        let found = store.session(hash(101), NOW_MS).await;
        assert_eq!(found, Ok(SessionFound::Unknown));
        let row = store.vault(store.owner()).await.unwrap().unwrap();
        let reason = row.lock.map(|lock| (lock.by, lock.reason));
        let expected = (LockedBy::Server, LockReason::SessionExpired);
        assert_eq!(reason, strict.then_some(expected));
    }
    assert_eq!(unlock(store, Unlocker::Device).await, Ok(()));
}

pub(crate) async fn signing_out_everywhere_ends_sessions_and_links<S: Store>(store: &S) {
    for number in 1..=2 {
        add_link(store, number, NOW_MS, WhenFull::Refuse).await;
        sign_in(store, number, number, NOW_MS).await;
    }
    add_link(store, 3, NOW_MS, WhenFull::Refuse).await;
    let logout = || LogoutEverywhere {
        account_id: store.owner(),
        lock: lock_of(LockedBy::Device, LockReason::Logout),
    };
    // Without a vault there is nothing to lock, and it goes on.
    store.logout_everywhere(logout()).await.unwrap();
    for number in [101, 102] {
        let found = store.session(hash(number), NOW_MS).await;
        assert_eq!(found, Ok(SessionFound::Unknown));
    }
    let late = sign_in(store, 3, 3, NOW_MS).await;
    assert_eq!(late, sync_server::store::SignInOutcome::LinkInvalid);
    create_vault(store).await;
    store.logout_everywhere(logout()).await.unwrap();
    let row = store.vault(store.owner()).await.unwrap().unwrap();
    assert_eq!(row.lock.unwrap().reason, LockReason::Logout);
}

pub(crate) async fn codes_and_slots_change_together_or_not_at_all<S: Store>(store: &S) {
    let owner = store.owner();
    let none = store.recovery_codes(owner).await;
    assert_eq!(none, Ok(Err(VaultRefusal::NoVault)));
    create_vault(store).await;
    put_codes(store, 0..8, 2).await;
    let before = store.recovery_codes(owner).await;
    let held: Vec<_> = before.clone().unwrap().unwrap().codes;
    let labels: Vec<_> = held.iter().map(|code| code.label.clone()).collect();
    let expected: Vec<_> = (0..8).map(|number| code(number).label).collect();
    assert_eq!(labels, expected, "in their order");
    for generation in [0, 1, 2, 4] {
        let slots = slots(generation);
        let codes = ReplaceRecoveryCodes {
            codes: vec![],
            slots: slots.clone(),
        };
        let refused = store.replace_recovery_codes(owner, codes, NOW_MS).await;
        assert_eq!(refused, Ok(Err(VaultRefusal::SlotsConflict)));
        let refused = store.revoke_recovery_codes(owner, Revoked::All, slots, NOW_MS);
        assert_eq!(refused.await, Ok(Err(VaultRefusal::SlotsConflict)));
    }
    assert_eq!(store.recovery_codes(owner).await, before);
    let unknown = Revoked::One(CredentialId::from_random([99; 16]));
    let refused = store.revoke_recovery_codes(owner, unknown, slots(3), NOW_MS);
    assert_eq!(refused.await, Ok(Err(VaultRefusal::UnknownRecoveryCode)));
    assert_eq!(store.slots(owner).await, Ok(Some(slot_list(2))));
    let one = Revoked::One(code(4).credential_id);
    let list = store.revoke_recovery_codes(owner, one, slots(3), NOW_MS + 1);
    let revoked: Vec<_> = list.await.unwrap().unwrap().codes;
    let of_one: Vec<_> = revoked.iter().filter_map(|code| code.revoked_ms).collect();
    assert_eq!(
        (of_one, revoked[4].revoked_ms),
        (vec![NOW_MS + 1], Some(NOW_MS + 1))
    );
    let list = store.revoke_recovery_codes(owner, Revoked::All, slots(4), NOW_MS + 2);
    let revoked = list.await.unwrap().unwrap().codes;
    assert_eq!(
        revoked[4].revoked_ms,
        Some(NOW_MS + 1),
        "the first time stays"
    );
    assert_eq!(revoked[0].revoked_ms, Some(NOW_MS + 2));
}

pub(crate) async fn of_many_tries_at_once_one_uses_the_code<S: Store>(store: &S) {
    create_vault(store).await;
    put_codes(store, 0..8, 2).await;
    let tries = (1..=5).map(|number| {
        let code_try = CodeTry {
            device_id: device(number),
            ..code_try(store, NOW_MS)
        };
        store.validate_recovery_code(code_try, validate(3))
    });
    let outcomes = join_all(tries.collect()).await;
    let won = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(Ok(_))));
    assert_eq!(won.count(), 1, "{outcomes:?}");
    let row = store.vault(store.owner()).await.unwrap().unwrap();
    let codes = store.recovery_codes(store.owner()).await.unwrap().unwrap();
    let used = row.recovery_used.unwrap();
    assert_eq!(codes.codes[3].used_by_device, Some(used.device_id));
    assert_eq!(codes.codes[3].used_ms, Some(used.used_ms));
    let held = codes.codes.iter().filter(|code| code.used_ms.is_some());
    assert_eq!(held.count(), 1);
}

pub(crate) async fn every_try_counts_and_a_refused_one_too<S: Store>(store: &S) {
    const MINUTE_MS: u64 = 60 * 1000;
    create_vault(store).await;
    put_codes(store, 0..8, 2).await;
    let try_at = async |number, now_ms| {
        let outcome = store.validate_recovery_code(code_try(store, now_ms), validate(number));
        outcome.await.unwrap().map(|_| ())
    };
    for _ in 0..limits::RECOVERY_TRIES_A_MINUTE {
        let refused = try_at(99, NOW_MS).await;
        assert_eq!(refused, Err(VaultRefusal::RecoveryCodeRefused));
    }
    for _ in 0..3 {
        assert_eq!(try_at(1, NOW_MS).await, Err(VaultRefusal::SlowDown));
    }
    assert_eq!(try_at(1, NOW_MS + MINUTE_MS).await, Ok(()));
    for minute in 2..16 {
        let refused = try_at(99, NOW_MS + minute * MINUTE_MS).await;
        assert_eq!(refused, Err(VaultRefusal::RecoveryCodeRefused), "{minute}");
    }
    let full = try_at(2, NOW_MS + 30 * MINUTE_MS).await;
    assert_eq!(full, Err(VaultRefusal::SlowDown), "20 within the hour");
    assert_eq!(try_at(2, NOW_MS + 60 * MINUTE_MS).await, Ok(()));
}

pub(crate) async fn a_try_may_be_repeated_by_its_device<S: Store>(store: &S) {
    create_vault(store).await;
    put_codes(store, 0..2, 2).await;
    let attempt = |byte| ValidateRecoveryCode {
        attempt_id: Some(OpaqueBytes::new(vec![byte; 16])),
        ..validate(1)
    };
    let mut other = code_try(store, NOW_MS);
    other.device_id = device(2);
    let own = code_try(store, NOW_MS);
    let first = store.validate_recovery_code(own, attempt(1)).await.unwrap();
    assert!(first.is_ok());
    let again = store.validate_recovery_code(own, attempt(1)).await.unwrap();
    assert_eq!(again, first);
    for (code_try, request) in [(own, attempt(2)), (other, attempt(1))] {
        let refused = store.validate_recovery_code(code_try, request).await;
        assert_eq!(refused, Ok(Err(VaultRefusal::RecoveryCodeRefused)));
    }
}

pub(crate) async fn a_rotation_changes_key_slots_and_codes_together<S: Store>(store: &S) {
    let owner = store.owner();
    create_vault(store).await;
    put_codes(store, 0..8, 2).await;
    let uploaded = store.upload(upload(store, 1, vec![op(1, 1), op(1, 2)]));
    let head = uploaded.await.unwrap().unwrap().head();
    for request in [begin(1, head), begin(2, Head::default())] {
        let refused = store
            .begin_rotation(new_rotation(store, ROTATION), request)
            .await;
        let Ok(Err(VaultRefusal::RotationConflict(extent))) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((extent.record_count, extent.head), (2, head));
        assert_eq!(extent.key_epoch, Epoch(1));
    }
    let none = store
        .commit_rotation(end_rotation(store, NOW_MS), commit(3))
        .await;
    assert_eq!(none, Ok(Err(VaultRefusal::RotationExpired)));
    let begun = store.begin_rotation(new_rotation(store, ROTATION), begin(2, head));
    let end_ms = begun.await.unwrap().unwrap().expires_at_ms;
    assert_eq!(end_ms, NOW_MS + limits::ROTATION_LIFE_MS);
    let late = store
        .commit_rotation(end_rotation(store, end_ms), commit(3))
        .await;
    assert_eq!(late, Ok(Err(VaultRefusal::RotationExpired)));
    let raced = store
        .commit_rotation(end_rotation(store, NOW_MS), commit(2))
        .await;
    assert_eq!(raced, Ok(Err(VaultRefusal::SlotsConflict)));
    let row = store.vault(owner).await.unwrap().unwrap();
    assert_eq!(
        (row.key_epoch, row.slots_generation),
        (Epoch(1), Generation(2))
    );
    let codes = store.recovery_codes(owner).await.unwrap().unwrap();
    assert_eq!(codes.codes.len(), 8, "nothing of it was done");
    let done = store
        .commit_rotation(end_rotation(store, end_ms - 1), commit(3))
        .await;
    assert_eq!(done, Ok(Ok(())));
    let row = store.vault(owner).await.unwrap().unwrap();
    assert_eq!(
        (row.key_epoch, row.slots_generation),
        (Epoch(2), Generation(3))
    );
    let codes = store.recovery_codes(owner).await.unwrap().unwrap();
    assert_eq!(codes.codes[0].credential_id, code(9).credential_id);
    assert_eq!(codes.codes.len(), 1);
    let again = store
        .commit_rotation(end_rotation(store, NOW_MS), commit(3))
        .await;
    assert_eq!(again, Ok(Ok(())), "the same once more");
    let more = store
        .commit_rotation(end_rotation(store, NOW_MS), commit(4))
        .await;
    assert_eq!(more, Ok(Err(VaultRefusal::RotationExpired)));
}

pub(crate) async fn a_newer_rotation_replaces_an_older_one<S: Store>(store: &S) {
    create_vault(store).await;
    let begin_as = async |rotation_id| {
        let new = new_rotation(store, rotation_id);
        let begun = store.begin_rotation(new, begin(0, Head::default())).await;
        begun.unwrap().unwrap();
    };
    begin_as(ROTATION).await;
    begin_as(RotationId::from_random([6; 16])).await;
    let older = store
        .commit_rotation(end_rotation(store, NOW_MS), commit(2))
        .await;
    assert_eq!(older, Ok(Err(VaultRefusal::RotationExpired)));
}

pub(crate) async fn a_reset_leaves_nothing_and_room_for_another_vault<S: Store>(store: &S) {
    let owner = store.owner();
    create_vault(store).await;
    put_codes(store, 0..8, 2).await;
    store
        .upload(upload(store, 1, vec![op(1, 1)]))
        .await
        .unwrap()
        .unwrap();
    let begun = store.begin_rotation(
        new_rotation(store, ROTATION),
        begin(1, store.vault(owner).await.unwrap().unwrap().head),
    );
    begun.await.unwrap().unwrap();
    for (account, vault) in [(owner, VaultId::from_random([9; 16])), (STRANGER, VAULT)] {
        let refused = store.reset_vault(account, vault).await;
        assert_eq!(refused, Ok(Err(VaultRefusal::UnknownVault)));
    }
    assert_eq!(store.reset_vault(owner, VAULT).await, Ok(Ok(())));
    assert_eq!(store.vault(owner).await, Ok(None));
    assert_eq!(store.slots(owner).await, Ok(None));
    let VaultCreated::Created(row) = create_vault(store).await else {
        panic!("there is room");
    };
    assert_eq!(row.head, Head::default());
    assert_eq!((row.key_epoch, row.recovery_used), (Epoch(1), None));
    let codes = store.recovery_codes(owner).await.unwrap().unwrap();
    assert_eq!(codes.codes, []);
    let late = store
        .commit_rotation(end_rotation(store, NOW_MS), commit(2))
        .await;
    assert_eq!(late, Ok(Err(VaultRefusal::RotationExpired)));
    // An operation of the old vault is new to this one.
    let uploaded = store.upload(upload(store, 1, vec![op(1, 1)])).await;
    assert_eq!(uploaded.unwrap().unwrap().server_cursor.0, 1);
}

pub(crate) async fn a_stranger_finds_nothing<S: Store>(store: &S) {
    create_vault(store).await;
    put_codes(store, 0..2, 2).await;
    let none = Err(VaultRefusal::NoVault);
    assert_eq!(store.replace_slots(STRANGER, slots(3)).await, Ok(none));
    let settings = VaultSettings::default();
    assert_eq!(store.keep_settings(STRANGER, settings).await, Ok(none));
    let codes = store.recovery_codes(STRANGER).await;
    assert_eq!(codes, Ok(Err(VaultRefusal::NoVault)));
    let all = store.revoke_recovery_codes(STRANGER, Revoked::All, slots(3), NOW_MS);
    assert_eq!(all.await, Ok(Err(VaultRefusal::NoVault)));
    let foreign_try = CodeTry {
        account_id: STRANGER,
        ..code_try(store, NOW_MS)
    };
    let tried = store.validate_recovery_code(foreign_try, validate(1)).await;
    assert_eq!(tried, Ok(Err(VaultRefusal::NoVault)));
    let new = NewRotation {
        account_id: STRANGER,
        ..new_rotation(store, ROTATION)
    };
    let begun = store.begin_rotation(new, begin(0, Head::default())).await;
    assert_eq!(begun, Ok(Err(VaultRefusal::NoVault)));
    let named = ReplaceSlots {
        vault_id: Some(VaultId::from_random([9; 16])),
        ..slots(3)
    };
    let other = store.replace_slots(store.owner(), named).await;
    assert_eq!(other, Ok(Err(VaultRefusal::UnknownVault)));
}

pub(crate) async fn policies_are_data<S: Store>(store: &S) {
    let versions = async || -> Vec<(u16, bool)> {
        let policies = store.policies().await.unwrap();
        let of = |policy: &sync_core::message::PolicyDescription| {
            (policy.version.0, policy.deprecated_ms.is_some())
        };
        policies.iter().map(of).collect()
    };
    assert_eq!(versions().await, [(1, false), (2, false)]);
    let request = CreatePolicyRequest {
        version: PolicyVersion(7),
        aead: "AES-256-GCM".to_owned(),
        kdf: "PBKDF2-HMAC-SHA256".to_owned(),
        kdf_iterations: 1_000_000,
        kdf_memory_kib: None,
        kdf_lanes: None,
    };
    let created = store.create_policy(request.clone(), NOW_MS).await;
    assert_eq!(created, Ok(PolicyCreated::Created));
    let again = store.create_policy(request, NOW_MS + 1).await;
    assert_eq!(again, Ok(PolicyCreated::Exists));
    assert_eq!(store.policies().await.unwrap()[2].created_ms, NOW_MS);
    let deprecate = async |version| {
        let outcome = store.deprecate_policy(PolicyVersion(version), NOW_MS).await;
        outcome.unwrap()
    };
    assert_eq!(deprecate(9).await, PolicyDeprecated::Unknown);
    for version in [1, 1, 7] {
        assert_eq!(deprecate(version).await, PolicyDeprecated::Deprecated);
    }
    assert_eq!(deprecate(2).await, PolicyDeprecated::Last);
    assert_eq!(versions().await, [(1, true), (2, false), (7, true)]);
}

pub(crate) async fn one_administrators_token_counts<S: Store>(store: &S) {
    assert_eq!(store.is_admin_token(hash(1)).await, Ok(false));
    for number in [1, 2] {
        store.keep_admin_token(hash(number)).await.unwrap();
    }
    assert_eq!(store.is_admin_token(hash(1)).await, Ok(false));
    assert_eq!(store.is_admin_token(hash(2)).await, Ok(true));
}
