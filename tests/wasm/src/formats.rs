//! Formats that need no key.

use crate::case::{Case, Mismatch, same};
use crate::vaults;
use serde_json::Value;
use vault_core::{OpBody, Policy, RecordBody, Source};
use vault_types::{
    HistoryHash, ObjectType, Op, OpHeader, PrivacyMode, Reader, Seen, Stamp, Writer,
};

pub(crate) fn check_codec(case: &Case<'_>) -> Result<(), Mismatch> {
    if case.has("refused") {
        let bytes = case.bytes("refused")?;
        return match Reader::new(&bytes).len() {
            Ok(_) => Err(Mismatch::Accepted { what: "a length" }),
            Err(_) => Ok(()),
        };
    }
    let (length, bytes) = (case.read("length")?, case.bytes("bytes")?);
    let mut writer = Writer::new();
    writer.len(length);
    same(writer.finish(), bytes.clone(), "the length written")?;
    let mut reader = Reader::new(&bytes);
    same(reader.len(), Ok(length), "the length read")?;
    same(reader.finish(), Ok(()), "the end of the length")
}

/// A header as the vectors write it.
pub(crate) fn header(case: &Case<'_>) -> Result<OpHeader, Mismatch> {
    Ok(OpHeader {
        op_id: case.read("op_id")?,
        record_id: case.read("record_id")?,
        device_id: case.read("device_id")?,
        base: case.read("base")?,
        deleted: case.read("deleted")?,
        standard_kind: case.read("standard_kind")?,
        policy: case.read("policy")?,
        epoch: case.read("epoch")?,
        stamp: Stamp {
            wall_ms: case.read("wall_ms")?,
            counter: case.read("counter")?,
        },
        seen: Seen {
            cursor: case.read("cursor")?,
            hash: HistoryHash::from_bytes(case.array("history_hash")?),
        },
    })
}

pub(crate) fn check_op_header(case: &Case<'_>) -> Result<(), Mismatch> {
    let header = header(&case.inner("header")?)?;
    same(header.encode().to_vec(), case.bytes("bytes")?, "the header")?;
    let op = Op::parse(&case.bytes("op")?).map_err(|_| Mismatch::Failed {
        what: "parsing the operation",
    })?;
    same(op.header, header, "the parsed header")?;
    same(op.body.as_slice(), &[0xaa, 0xbb], "the parsed body")?;
    same(op.encode(), case.bytes("op")?, "the operation")?;
    let standard = header.standard_kind.is_some();
    let found = op.header.privacy_mode() == PrivacyMode::Standard;
    same(found, standard, "the privacy mode")
}

/// What stands around the padded content of an object of policy 1: the
/// envelope's header, salt, nonce and tag.
const OBJECT_OVERHEAD: usize = 8 + 16 + 12 + 16;

/// Padding shows in the length of what is sealed.
pub(crate) fn check_padding(case: &Case<'_>) -> Result<(), Mismatch> {
    let (content, padded_len) = if case.has("content") {
        let padded = case.bytes("padded")?;
        (case.bytes("content")?, padded.len())
    } else {
        let content_len: usize = case.read("content_len")?;
        (vec![0x41; content_len], case.read("padded_len")?)
    };
    let vault = vaults::unlocked(Policy::V1.version)?;
    let mut random = crate::case::Script::new(vec![7; 28]);
    let sealed = vault
        .seal_object(ObjectType::Draft, &[1; 16], 1, &content, &mut random)
        .map_err(|_| Mismatch::Failed { what: "sealing" })?;
    random.finish()?;
    same(sealed.len(), padded_len + OBJECT_OVERHEAD, "the length")?;
    let opened = vault.open_object(ObjectType::Draft, &[1; 16], 1, &sealed);
    same(
        opened.map(|opened| opened.to_vec()),
        Ok(content),
        "the content",
    )
}

/// A body as the vectors write it.
pub(crate) fn body(case: &Case<'_>) -> Result<OpBody, Mismatch> {
    if case.0 == "tombstone" {
        return Ok(OpBody::Tombstone);
    }
    let source = case.inner("source")?;
    let source = match source.0 {
        Value::Null => None,
        _ => Some(Source {
            path: source.read("path")?,
            content_mark: u64::from_be_bytes(source.array("content_mark")?),
        }),
    };
    Ok(OpBody::Record(RecordBody {
        kind: case.read("kind")?,
        title: case.read("title")?,
        text: case.read("text")?,
        tags: case.read("tags")?,
        created_ms: case.read("created_ms")?,
        updated_ms: case.read("updated_ms")?,
        source,
        conflict_of: case.read("conflict_of")?,
    }))
}

pub(crate) fn check_record_body(case: &Case<'_>) -> Result<(), Mismatch> {
    if case.has("refused") {
        return match OpBody::parse(&case.bytes("refused")?) {
            Ok(_) => Err(Mismatch::Accepted { what: "a body" }),
            Err(error) => same(
                error.code().as_str(),
                &*case.read::<String>("code")?,
                "the code",
            ),
        };
    }
    let (body, bytes) = (body(&case.inner("body")?)?, case.bytes("bytes")?);
    let encoded = body.encode().map(|encoded| encoded.to_vec());
    same(encoded, Ok(bytes.clone()), "the encoded body")?;
    same(OpBody::parse(&bytes), Ok(body), "the parsed body")
}
