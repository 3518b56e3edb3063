//! The server's half of an upload.
//!
//! 1. However often and in whatever pieces operations arrive, the history
//!    holds each once, and every device is told the same places.
//! 2. Cursors are dense and the chain is the one that devices compute.
//! 3. A bad operation is refused by its code and holds up no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{DEVICE, EPOCH, MemoryVault, NOW_MS, bytes, op, op_id};
use proptest::prelude::*;
use std::collections::BTreeMap;
use sync_core::History;
use sync_core::message::Conflict;
use vault_types::{Code, DeviceId, OpId, OpaqueBytes, limits};

proptest! {
    #[test]
    fn retries_in_any_order_leave_the_state_as_if_once(
        deliveries in prop::collection::vec(prop::collection::vec(0..8_u8, 0..12), 1..12),
    ) {
        let mut vault = MemoryVault::default();
        let mut places = BTreeMap::new();
        for delivery in &deliveries {
            let changes: Vec<OpaqueBytes> = delivery
                .iter()
                .map(|&number| bytes(&op(number, number % 3, None)))
                .collect();
            let response = vault.upload(&changes);
            prop_assert!(response.refused.is_empty());
            prop_assert_eq!(response.applied.len(), delivery.len());
            prop_assert_eq!(response.head(), vault.head());
            for applied in response.applied {
                let place = *places.entry(applied.op_id).or_insert(applied.cursor);
                prop_assert_eq!(place, applied.cursor);
            }
        }
        prop_assert_eq!(vault.ops.len(), places.len());
        let (history, _) = History::start(EPOCH).extend(vault.page(0, 99)).unwrap();
        prop_assert_eq!(history.head(), vault.head());
    }

    #[test]
    fn arbitrary_changes_never_panic_and_hold_up_no_other(junk: Vec<u8>) {
        prop_assume!(vault_types::Op::parse(&junk).is_err());
        let mut vault = MemoryVault::default();
        let response = vault.upload(&[junk.into(), bytes(&op(1, 1, None))]);
        prop_assert_eq!(response.refused.len(), 1);
        prop_assert_eq!(response.refused[0].index, 0);
        prop_assert_eq!(vault.ops.len(), 1);
    }
}

fn refusal(change: OpaqueBytes) -> (Option<OpId>, Code) {
    let mut vault = MemoryVault::default();
    vault.upload(&[bytes(&op(1, 1, None))]);
    let before = vault.clone();
    let response = vault.upload(&[change]);
    assert_eq!(vault, before);
    assert!(response.applied.is_empty());
    (response.refused[0].op_id, response.refused[0].code)
}

#[test]
fn another_devices_operation_is_refused() {
    let mut other = op(2, 2, None);
    other.header.device_id = DeviceId::from_random([7; 16]);
    assert_ne!(other.header.device_id, DEVICE);
    assert_eq!(refusal(bytes(&other)), (Some(op_id(2)), Code::WrongDevice));
}

#[test]
fn an_op_id_with_other_content_is_refused() {
    let reused = op(1, 2, None);
    assert_eq!(refusal(bytes(&reused)), (Some(op_id(1)), Code::OpIdReused));
}

#[test]
fn a_stamp_is_refused_just_beyond_five_minutes() {
    let mut early = op(2, 2, None);
    early.header.stamp.wall_ms = NOW_MS + limits::STAMP_AHEAD_MS_MAX;
    let mut vault = MemoryVault::default();
    assert!(vault.upload(&[bytes(&early)]).refused.is_empty());
    early.header.stamp.wall_ms += 1;
    assert_eq!(refusal(bytes(&early)), (Some(op_id(2)), Code::ClockAhead));
}

#[test]
fn a_held_operation_is_acknowledged_whatever_the_clock_says() {
    let mut vault = MemoryVault::default();
    let early = op(2, 2, None);
    vault.upload(&[bytes(&early)]);
    // The server's clock was set back since.
    let context = sync_core::UploadContext {
        head: vault.head(),
        device_id: DEVICE,
        now_ms: 0,
    };
    let Ok(decision) = sync_core::accept_upload(context, &[bytes(&early)], &mut vault);
    assert!(decision.append.is_empty());
    assert_eq!(decision.response.applied.len(), 1);
}

#[test]
fn operations_of_other_shapes_are_refused_by_code() {
    let mut newer = op(2, 2, None).encode();
    newer[0] = 2;
    assert_eq!(refusal(newer.into()), (None, Code::NewerVersion));
    let cut = op(2, 2, None).encode()[..100].to_vec();
    assert_eq!(refusal(cut.into()), (None, Code::Malformed));
    let long = vec![1; limits::OP_BYTES_MAX + 1];
    assert_eq!(refusal(long.into()), (None, Code::TooLarge));
    let mut nil = op(2, 2, None);
    nil.header.op_id = OpId::NIL;
    assert_eq!(refusal(bytes(&nil)), (None, Code::Malformed));
}

#[test]
fn an_edit_of_an_old_revision_is_a_conflict_and_still_applied() {
    let mut vault = MemoryVault::default();
    let first = op(1, 1, None);
    let second = op(2, 1, Some(op_id(1)));
    let rival = op(3, 1, Some(op_id(1)));
    assert!(
        vault
            .upload(&[bytes(&first), bytes(&second)])
            .conflicts
            .is_empty()
    );
    let response = vault.upload(&[bytes(&rival)]);
    assert_eq!(
        response.conflicts,
        [Conflict {
            op_id: op_id(3),
            head_op_id: Some(op_id(2))
        }]
    );
    assert_eq!(vault.ops.len(), 3);
}
