//! Messages in both encodings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{DEVICE, EPOCH, MemoryVault, bytes, op};
use core::fmt::Debug;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::message::{
    CreateVaultRequest, DownloadRequest, DownloadResponse, PollResponse, Problem, Refused, Session,
    UploadRequest, UploadResponse, VaultInfo,
};
use sync_core::{Head, MessageError, decode, encode};
use vault_types::{
    AccountId, Code, Cursor, Generation, HistoryHash, OpaqueBytes, PolicyVersion, VaultId, limits,
};

fn round_trips<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T) {
    let packed = encode(message).unwrap();
    assert_eq!(&decode::<T>(&packed).unwrap(), message);
    let json = serde_json::to_string(message).unwrap();
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
        head: head(),
    });
    round_trips(&PollResponse {
        server_epoch: EPOCH,
        head: head(),
        locked: false,
        slots_generation: Generation(1),
        policy_version: PolicyVersion(1),
    });
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
