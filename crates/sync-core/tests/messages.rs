//! Messages in both encodings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{DEVICE, EPOCH, MemoryVault, bytes, op};
use core::fmt::Debug;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::message::{
    BeginRotation, CommitRotation, CreateVaultRequest, DownloadRequest, DownloadResponse,
    LockVaultRequest, LockedBy, LogoutEverywhereRequest, NewRecoveryCode, PolicyDescription,
    PolicyList, PollResponse, Problem, RESET_WORDS, RecoveryCodeEntry, RecoveryCodeList, Refused,
    ReplaceRecoveryCodes, ReplaceSlots, ResetVaultRequest, RevokeRecoveryCodes, RotationBegun,
    Session, SlotList, UnlockVaultRequest, UploadRequest, UploadResponse, ValidateRecoveryCode,
    ValidatedRecoveryCode, VaultInfo, VaultLock, VaultSettings, Verifier, VerifierHash,
};
use sync_core::{Head, MessageError, decode, encode};
use vault_types::wire::{Decode, Encode, from_json, to_json};
use vault_types::{
    AccountId, Code, CredentialId, Cursor, Epoch, Generation, HistoryHash, LockReason, LockTier,
    OpaqueBytes, PolicyVersion, RotationId, VaultId, limits,
};

/// Also that serde, which a server speaks JSON by, agrees on both encodings.
fn round_trips<T>(message: &T)
where
    T: Encode + Decode + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let packed = encode(message).unwrap();
    assert_eq!(packed, rmp_serde::to_vec_named(message).unwrap());
    assert_eq!(&rmp_serde::from_slice::<T>(&packed).unwrap(), message);
    assert_eq!(&decode::<T>(&packed).unwrap(), message);
    let json = serde_json::to_string(message).unwrap();
    assert_eq!(to_json(message), json.as_bytes());
    assert_eq!(&from_json::<T>(json.as_bytes()).unwrap(), message);
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), message);
    for len in 0..packed.len() {
        assert!(decode::<T>(&packed[..len]).is_err(), "cut at {len}");
    }
    let trailing = [&packed[..], &[0]].concat();
    assert_eq!(decode::<T>(&trailing), Err(MessageError::Malformed));
}

fn head() -> Head {
    Head {
        cursor: Cursor(7),
        hash: HistoryHash::from_bytes([200; 32]),
    }
}

fn upload() -> UploadRequest {
    UploadRequest {
        vault_id: VaultId::from_random([2; 16]),
        device_id: DEVICE,
        client_cursor: Cursor(7),
        server_epoch: EPOCH,
        changes: vec![bytes(&op(1, 1, None)), OpaqueBytes::new(vec![])],
    }
}

#[test]
fn every_message_round_trips_in_both_encodings() {
    let vault_id = VaultId::from_random([2; 16]);
    let account_id = AccountId::from_random([3; 16]);
    round_trips(&upload());
    let mut vault = MemoryVault::default();
    round_trips::<UploadResponse>(&vault.upload(&upload().changes));
    round_trips::<DownloadResponse>(&vault.page(0, 9));
    round_trips(&DownloadRequest {
        vault_id,
        device_id: DEVICE,
        since: Cursor(3),
        limit: None,
    });
    round_trips(&Session {
        account_id,
        device_id: DEVICE,
        vault_id: None,
        server_epoch: EPOCH,
    });
    round_trips(&CreateVaultRequest {
        vault_id,
        policy_version: PolicyVersion(1),
        slot_list: OpaqueBytes::new(vec![1, 2]),
        slots_generation: Generation(1),
    });
    round_trips(&VaultInfo {
        vault_id,
        account_id,
        server_epoch: EPOCH,
        policy_version: PolicyVersion(1),
        slots_generation: Generation(1),
        key_epoch: Epoch(1),
        head: head(),
        lock: None,
        settings: VaultSettings { strict: true },
    });
    round_trips(&PollResponse {
        server_epoch: EPOCH,
        vault_id,
        head: head(),
        lock: Some(lock()),
        recovery_used_ms: Some(5),
        recovery_used_by: Some(DEVICE),
        slots_generation: Generation(1),
        key_epoch: Epoch(2),
        policy_version: PolicyVersion(1),
    });
}

fn lock() -> VaultLock {
    VaultLock {
        locked_at_ms: 7,
        reason: LockReason::SessionExpired,
        enforce_tier: LockTier::Vault,
        by: LockedBy::Device,
        device_id: Some(DEVICE),
        statement: Some(OpaqueBytes::new(vec![1; 40])),
    }
}

fn slots() -> ReplaceSlots {
    ReplaceSlots {
        vault_id: Some(VaultId::from_random([2; 16])),
        policy_version: Some(PolicyVersion(2)),
        ..ReplaceSlots::from(slot_list())
    }
}

fn slot_list() -> SlotList {
    SlotList {
        slots_generation: Generation(4),
        slot_list: OpaqueBytes::new(vec![9; 9]),
    }
}

fn code() -> NewRecoveryCode {
    NewRecoveryCode {
        credential_id: CredentialId::from_random([4; 16]),
        label: "Code 1".to_owned(),
        verifier_hash: Verifier::from_bytes([5; 32]).hash(),
    }
}

#[test]
fn every_message_about_keys_and_locks_round_trips() {
    round_trips(&lock());
    round_trips(&LockVaultRequest {
        reason: LockReason::Manual,
        enforce_tier: LockTier::Vault,
        statement: OpaqueBytes::new(vec![1; 40]),
    });
    round_trips(&UnlockVaultRequest::default());
    round_trips(&UnlockVaultRequest {
        locked_at_ms: Some(7),
    });
    round_trips(&LogoutEverywhereRequest { statement: None });
    round_trips(&ResetVaultRequest {
        vault_id: VaultId::from_random([2; 16]),
        confirm: RESET_WORDS.to_owned(),
    });
    round_trips(&slots());
    round_trips(&ReplaceRecoveryCodes {
        codes: vec![code()],
        slots: slots(),
    });
    round_trips(&RevokeRecoveryCodes { slots: slots() });
    round_trips(&RecoveryCodeList {
        codes: vec![RecoveryCodeEntry {
            credential_id: code().credential_id,
            label: code().label,
            created_ms: 1,
            used_ms: Some(2),
            used_by_device: Some(DEVICE),
            revoked_ms: None,
        }],
    });
    round_trips(&ValidateRecoveryCode {
        credential_id: None,
        verifier: Verifier::from_bytes([5; 32]),
        attempt_id: Some(OpaqueBytes::new(vec![3; 16])),
    });
    round_trips(&ValidatedRecoveryCode {
        credential_id: code().credential_id,
        slots: slot_list(),
    });
    round_trips(&BeginRotation {
        from_epoch: Epoch(1),
        to_epoch: Epoch(2),
        record_count: 3,
        head: head(),
    });
    round_trips(&RotationBegun {
        rotation_id: RotationId::from_random([6; 16]),
        expires_at_ms: 9,
    });
    round_trips(&CommitRotation {
        slots: slots(),
        codes: vec![code()],
    });
    let policy = PolicyDescription {
        version: PolicyVersion(2),
        aead: "XChaCha20-Poly1305".to_owned(),
        kdf: "Argon2id".to_owned(),
        kdf_iterations: 3,
        kdf_memory_kib: Some(65_536),
        kdf_lanes: Some(1),
        created_ms: 1,
        deprecated_ms: Some(2),
    };
    round_trips(&PolicyList {
        current: PolicyVersion(1),
        policies: vec![policy],
    });
}

#[test]
fn a_list_of_slots_is_read_as_a_replacement() {
    let json = serde_json::to_string(&slot_list()).unwrap();
    let read: ReplaceSlots = serde_json::from_str(&json).unwrap();
    assert_eq!(read, ReplaceSlots::from(slot_list()));
}

#[test]
fn a_verifier_shows_nothing_and_its_hash_is_sha_256() {
    let verifier = Verifier::from_bytes([0; 32]);
    assert_eq!(format!("{verifier:?}"), "Verifier(…)");
    // SHA-256 of 32 zero bytes.
    let start = [0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77];
    assert_eq!(verifier.hash().as_bytes()[..8], start);
}

#[test]
fn a_verifier_of_another_length_is_refused() {
    for len in [0, 31, 33] {
        let bytes = encode(&OpaqueBytes::new(vec![1; len])).unwrap();
        assert_eq!(decode::<Verifier>(&bytes), Err(MessageError::Malformed));
        assert!(decode::<VerifierHash>(&bytes).is_err());
    }
}

#[test]
fn a_lock_is_lifted_by_the_server_alone_only_if_an_administrator_set_it() {
    let by = |by, reason| {
        VaultLock {
            by,
            reason,
            ..lock()
        }
        .is_servers_alone()
    };
    assert!(by(LockedBy::Server, LockReason::Administrator));
    assert!(!by(LockedBy::Server, LockReason::SessionExpired));
    assert!(!by(LockedBy::Device, LockReason::Administrator));
}

#[test]
fn json_speaks_as_the_specification_shows() {
    let json = serde_json::to_value(head()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"cursor": 7, "hash": "yMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMg"})
    );
    let refused = Refused {
        index: 1,
        op_id: None,
        code: Code::ClockAhead,
    };
    let json = serde_json::to_value(refused).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"index": 1, "op_id": null, "code": "clock_ahead"})
    );
}

#[test]
fn a_newer_peer_may_say_more() {
    let head: Head = serde_json::from_str(
        r#"{"cursor":0,"hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","new":[{}]}"#,
    )
    .unwrap();
    assert_eq!(head, Head::default());
    let refused: Refused = serde_json::from_str(r#"{"index":0,"code":"of_tomorrow"}"#).unwrap();
    assert_eq!(refused.code, Code::NewerVersion);
}

#[test]
fn a_hash_of_another_length_is_refused() {
    for hash in ["", "AAAA", &"A".repeat(44)] {
        let json = format!(r#"{{"cursor":0,"hash":"{hash}"}}"#);
        assert!(serde_json::from_str::<Head>(&json).is_err(), "{hash}");
    }
}

#[test]
fn a_message_beyond_the_limit_is_not_read() {
    let len = limits::RESPONSE_BYTES_MAX + 1;
    assert_eq!(
        decode::<Head>(&vec![0; len]),
        Err(MessageError::TooLong { len })
    );
}

#[test]
fn nesting_without_end_is_refused() {
    // An unknown field that holds lists in lists in lists.
    let mut bytes = vec![0x81, 0xa1, b'x'];
    bytes.extend(std::iter::repeat_n(0x91, 1_000_000));
    bytes.push(0xc0);
    assert_eq!(decode::<Head>(&bytes), Err(MessageError::Malformed));
}

#[test]
fn a_length_that_lies_allocates_nothing() {
    // changes: a bin of 4 GiB of which nothing follows.
    let bytes = [
        &[0x81, 0xa7][..],
        b"changes",
        &[0x91, 0xc6, 255, 255, 255, 255],
    ]
    .concat();
    assert!(decode::<UploadRequest>(&bytes).is_err());
}

#[test]
fn a_problem_names_its_code() {
    let problem: Problem = serde_json::from_str(
        r#"{"type":"about:blank","title":"Conflict","status":409,"code":"vault_exists","detail":"."}"#,
    )
    .unwrap();
    assert_eq!(problem.known_code(), Some(Code::VaultExists));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = decode::<UploadRequest>(&bytes);
        let _ = decode::<DownloadResponse>(&bytes);
        let _ = decode::<UploadResponse>(&bytes);
    }

    #[test]
    fn changed_bytes_never_panic(at in 0..200_usize, value: u8) {
        let mut bytes = encode(&upload()).unwrap();
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = decode::<UploadRequest>(&bytes);
    }
}
