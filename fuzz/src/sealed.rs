//! Operations, objects, and what is inside of them.

use crate::seeds::{Counter, bytes_of, cases, vaults};
use serde_json::Value;
use vault_core::{LockStatement, OpBody, OpDraft};
use vault_types::{DeviceId, LockReason, LockTier, ObjectType, Op};

const OPS: &str = include_str!("../../vectors/sealed-op.json");
const OBJECTS: &str = include_str!("../../vectors/sealed-object.json");

/// A sealed operation. Only those that a vault sealed are opened, and they
/// are written as they were read.
pub(crate) fn op(data: &[u8]) {
    let Ok(op) = Op::parse(data) else {
        return;
    };
    assert_eq!(op.encode(), data);
    for vault in vaults() {
        if vault.open_op(&op).is_ok() {
            assert!(op_seeds().iter().any(|sealed| sealed == data));
        }
    }
}

pub(crate) fn op_seeds() -> Vec<Vec<u8>> {
    bytes_of(OPS, "op")
}

/// The first byte chooses type and version, the rest is a sealed object.
pub(crate) fn object(data: &[u8]) {
    let Some((choice, sealed)) = data.split_first() else {
        return;
    };
    let object_type = ObjectType::ALL[usize::from(choice >> 4) % ObjectType::ALL.len()];
    for vault in vaults() {
        let opened = vault.open_object(object_type, &[2; 16], choice & 15, sealed);
        if opened.is_ok() {
            assert!(bytes_of(OBJECTS, "sealed").iter().any(|own| own == sealed));
        }
    }
}

pub(crate) fn object_seeds() -> Vec<Vec<u8>> {
    let number = |case: &Value, field: &str| case[field].as_u64().unwrap_or_default() as u8;
    let choice = |case: &Value| {
        let wanted = number(case, "object_type");
        let at = ObjectType::ALL
            .iter()
            .position(|known| known.number() == wanted);
        ((at.unwrap_or_default() as u8) << 4) | (number(case, "format_version") & 15)
    };
    let sealed = bytes_of(OBJECTS, "sealed");
    let choices = cases(OBJECTS);
    let choices = choices.iter().map(choice);
    choices
        .zip(sealed)
        .map(|(choice, sealed)| [vec![choice], sealed].concat())
        .collect()
}

/// The plaintext of an operation, as another device of the vault might have
/// written it. What is read is within the limits and written as it was read.
pub(crate) fn body(data: &[u8]) {
    let Ok(body) = OpBody::parse(data) else {
        return;
    };
    if let OpBody::Record(record) = &body {
        assert_eq!(record.check_limits(), Ok(()));
    }
    let written = body.encode().expect("what was read can be written");
    assert_eq!(written.as_slice(), data);
}

pub(crate) fn body_seeds() -> Vec<Vec<u8>> {
    bytes_of(include_str!("../../vectors/record-body.json"), "bytes")
}

/// An operation with a body that is not looked at, and the same header around
/// a body that the vault seals.
pub(crate) fn header(data: &[u8]) {
    let Ok(op) = Op::parse(data) else {
        return;
    };
    assert_eq!(op.encode(), data);
    let header = op.header;
    let draft = OpDraft {
        op_id: header.op_id,
        record_id: header.record_id,
        device_id: header.device_id,
        base: header.base,
        stamp: header.stamp,
        seen: header.seen,
    };
    let vault = &vaults()[0];
    let sealed = vault.seal_op(&draft, &OpBody::Tombstone, &mut Counter::default());
    let sealed = sealed.expect("a tombstone is within the limits");
    let read = Op::parse(&sealed.encode());
    assert!(read.as_ref() == Ok(&sealed));
    assert!(vault.open_op(&sealed) == Ok(OpBody::Tombstone));
    if header != sealed.header {
        let pasted = Op {
            header,
            body: sealed.body,
        };
        assert!(vault.open_op(&pasted).is_err());
    }
}

pub(crate) fn header_seeds() -> Vec<Vec<u8>> {
    bytes_of(include_str!("../../vectors/op-header.json"), "op")
}

/// A statement that locks the vault. Only what the vault itself stated is
/// believed.
pub(crate) fn lock(data: &[u8]) {
    for vault in vaults() {
        if let Ok(statement) = vault.verify_lock(data) {
            let own = vault.state_lock(&statement, &mut Counter::default());
            assert!(own == data, "a statement that the vault never made");
        }
    }
}

pub(crate) fn lock_seeds() -> Vec<Vec<u8>> {
    let statement = LockStatement {
        device_id: DeviceId::from_random([4; 16]),
        at_ms: 1_700_000_000_000,
        reason: LockReason::Manual,
        tier: LockTier::Vault,
    };
    let states = vaults().iter();
    states
        .map(|vault| vault.state_lock(&statement, &mut Counter::default()))
        .collect()
}
