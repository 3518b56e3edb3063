//! Formats that need no key: the codec, the operation header, padding, the
//! record body.

use super::{golden, hex};
use crate::common::{draft, record};
use crate::{OpBody, RecordBody, Source, padding};
use serde_json::{Value, json};
use vault_types::{
    Cursor, Epoch, Kind, Op, OpHeader, OpId, PolicyVersion, Reader, SealedBytes, Writer,
};

#[test]
fn codec() {
    let values = [
        0,
        1,
        127,
        128,
        300,
        16_383,
        16_384,
        2_097_152,
        0x0fff_ffff,
        u32::MAX,
    ];
    let mut cases: Vec<_> = values
        .iter()
        .map(|&value| {
            let mut writer = Writer::new();
            writer.len(value);
            json!({ "length": value, "bytes": hex(&writer.finish()) })
        })
        .collect();
    for refused in [
        &[0x80_u8][..],
        &[0x80, 0x00],
        &[0xff, 0x80, 0x00],
        &[0xff, 0xff, 0xff, 0xff, 0x10],
        &[0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    ] {
        assert!(Reader::new(refused).len().is_err());
        cases.push(json!({ "refused": hex(refused) }));
    }
    golden(
        "codec.json",
        "Lengths as LEB128 in the shortest form, and bytes that are no such length.",
        cases,
    );
}

/// A header as the vectors write it.
pub(super) fn header_json(header: &OpHeader) -> Value {
    json!({
        "op_id": header.op_id,
        "record_id": header.record_id,
        "device_id": header.device_id,
        "base": header.base,
        "deleted": header.deleted,
        "standard_kind": header.standard_kind,
        "policy": header.policy,
        "epoch": header.epoch,
        "wall_ms": header.stamp.wall_ms,
        "counter": header.stamp.counter,
        "cursor": header.seen.cursor,
        "history_hash": hex(header.seen.hash.as_bytes()),
    })
}

#[test]
fn op_headers() {
    let plain = draft(1);
    let private = OpHeader {
        op_id: plain.op_id,
        record_id: plain.record_id,
        device_id: plain.device_id,
        base: None,
        deleted: false,
        standard_kind: None,
        policy: PolicyVersion(1),
        epoch: Epoch(1),
        stamp: plain.stamp,
        seen: plain.seen,
    };
    let mut tombstone = private;
    tombstone.base = Some(OpId::from_parts(1_600_000_000_000, [9; 10]));
    tombstone.deleted = true;
    tombstone.policy = PolicyVersion(2);
    tombstone.epoch = Epoch(0x0102_0304);
    tombstone.stamp.counter = u16::MAX;
    tombstone.seen.cursor = Cursor(1 << 40);
    let mut standard = private;
    standard.standard_kind = Some(Kind::Journal);
    standard.policy = PolicyVersion(0);
    standard.epoch = Epoch(0);
    let named = [
        ("private", private),
        ("tombstone", tombstone),
        ("standard", standard),
    ];
    let cases = named.map(|(name, header)| {
        let body = SealedBytes::new(vec![0xaa, 0xbb]);
        let op = Op { header, body };
        json!({
            "name": name,
            "header": header_json(&header),
            "bytes": hex(&header.encode()),
            "op": hex(&op.encode()),
        })
    });
    golden(
        "op-header.json",
        "Headers of operations, and operations with the two bytes aabb as sealed body.",
        cases.into(),
    );
}

#[test]
fn paddings() {
    let lens = [
        0, 1, 100, 253, 254, 255, 256, 270, 271, 500, 1_000, 4_096, 65_536, 100_000, 5_300_000,
    ];
    let mut cases: Vec<_> = lens
        .iter()
        .map(|&len| {
            let padded = padding::pad(&vec![0x41; len]).unwrap();
            json!({ "content_len": len, "padded_len": padded.len() })
        })
        .collect();
    for content in [&b""[..], b"abc", &[0; 200]] {
        let padded = padding::pad(content).unwrap();
        cases.push(json!({ "content": hex(content), "padded": hex(&padded) }));
    }
    golden(
        "padding.json",
        "Lengths before and after padding, and padded bytes in full.",
        cases,
    );
}

/// A body as the vectors write it.
pub(super) fn body_json(body: &OpBody) -> Value {
    let OpBody::Record(record) = body else {
        return json!("tombstone");
    };
    let source = record.source.as_ref().map(|source| {
        json!({ "path": source.path, "content_mark": format!("{:016x}", source.content_mark) })
    });
    json!({
        "kind": record.kind,
        "title": record.title,
        "text": record.text,
        "tags": record.tags,
        "created_ms": record.created_ms,
        "updated_ms": record.updated_ms,
        "source": source,
        "conflict_of": record.conflict_of,
    })
}

pub(super) fn bodies() -> Vec<(&'static str, OpBody)> {
    let full = RecordBody {
        kind: Kind::Journal,
        title: "Größe, 大きさ, 🗝".into(),
        source: Some(Source {
            path: "pages/common/tar.md".into(),
            content_mark: 0x0123_4567_89ab_cdef,
        }),
        conflict_of: Some(OpId::from_parts(1_600_000_000_000, [9; 10])),
        ..record("# tar\n\n> Archiving utility.\n")
    };
    let empty = RecordBody {
        kind: Kind::Idea,
        title: String::new(),
        text: String::new(),
        tags: Vec::new(),
        created_ms: 0,
        updated_ms: 0,
        source: None,
        conflict_of: None,
    };
    vec![
        ("everything", OpBody::Record(full)),
        ("plain", OpBody::Record(record("Some text."))),
        ("empty", OpBody::Record(empty)),
        ("tombstone", OpBody::Tombstone),
    ]
}

#[test]
fn record_bodies() {
    let mut cases: Vec<_> = bodies()
        .into_iter()
        .map(|(name, body)| {
            let bytes = hex(&body.encode().unwrap());
            json!({ "name": name, "body": body_json(&body), "bytes": bytes })
        })
        .collect();
    let record = record("x");
    let mut other_kind = OpBody::Record(record).encode().unwrap().to_vec();
    other_kind[2] = 9;
    for (name, refused) in [
        ("nothing", Vec::new()),
        ("version 2", vec![2, 0]),
        ("version 0", vec![0, 0]),
        ("unknown type", vec![1, 2]),
        ("more behind a tombstone", vec![1, 0, 0]),
        ("unknown kind", other_kind),
    ] {
        let code = OpBody::parse(&refused).unwrap_err().code();
        cases.push(json!({ "name": name, "refused": hex(&refused), "code": code.as_str() }));
    }
    golden(
        "record-body.json",
        "The content of operations as bytes, and bytes that are no content.",
        cases,
    );
}
