//! The content of an operation, as bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{note, record};
use proptest::option;
use proptest::prelude::*;
use vault_core::{Field, OpBody, OpenError, RecordBody, SealError, Source};
use vault_types::{Code, DecodeError, Kind, OpId, limits};

fn any_record() -> impl Strategy<Value = RecordBody> {
    let source = (".{0,40}", any::<u64>());
    let times = (any::<u64>(), any::<u64>());
    let tags = proptest::collection::vec(".{0,20}", 0..8);
    let kind = prop::sample::select(&Kind::ALL[..]);
    let conflict = option::of(any::<[u8; 16]>());
    (kind, ".*", ".*", tags, times, option::of(source), conflict).prop_map(
        |(kind, title, text, tags, times, source, conflict)| RecordBody {
            kind,
            title,
            text,
            tags,
            created_ms: times.0,
            updated_ms: times.1,
            source: source.map(|(path, content_mark)| Source { path, content_mark }),
            conflict_of: conflict.map(OpId::from_bytes),
        },
    )
}

proptest! {
    #[test]
    fn what_is_encoded_is_parsed(record in any_record()) {
        let body = OpBody::Record(record);
        prop_assert_eq!(OpBody::parse(&body.encode().unwrap()), Ok(body));
    }

    #[test]
    fn whatever_parses_encodes_to_the_same_bytes(
        record in any_record(),
        at: prop::sample::Index,
        byte: u8,
    ) {
        let mut bytes = OpBody::Record(record).encode().unwrap().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(body) = OpBody::parse(&bytes) {
            prop_assert_eq!(body.encode().unwrap().to_vec(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes: Vec<u8>) {
        let _ = OpBody::parse(&bytes);
        bytes.splice(0..0, [1, 1, 1, 0]);
        let _ = OpBody::parse(&bytes);
    }
}

#[test]
fn rejects_a_body_cut_anywhere_or_with_more_behind() {
    let bytes = note("text").encode().unwrap().to_vec();
    for len in 0..bytes.len() {
        let cut = OpBody::parse(&bytes[..len]);
        assert_eq!(cut, Err(OpenError::Malformed(DecodeError::Truncated)));
    }
    let mut longer = bytes;
    longer.push(0);
    let trailing = Err(OpenError::Malformed(DecodeError::TrailingBytes));
    assert_eq!(OpBody::parse(&longer), trailing);
    assert_eq!(OpBody::parse(&[1, 0, 0]), trailing);
    assert_eq!(OpBody::parse(&[1, 0]), Ok(OpBody::Tombstone));
}

#[test]
fn names_a_newer_version() {
    let newer = OpBody::parse(&[2, 0]);
    assert_eq!(newer, Err(OpenError::NewerVersion { version: 2 }));
    assert_eq!(newer.unwrap_err().code(), Code::NewerVersion);
    let older = OpBody::parse(&[0, 0]);
    assert_eq!(older, Err(OpenError::Malformed(DecodeError::UnknownValue)));
}

#[test]
fn rejects_kinds_flags_and_types_it_does_not_know() {
    let bytes = note("text").encode().unwrap();
    for (at, value) in [(1, 2), (2, 0), (2, 4), (3, 4)] {
        let mut changed = bytes.to_vec();
        changed[at] = value;
        let refused = OpBody::parse(&changed);
        let unknown = OpenError::Malformed(DecodeError::UnknownValue);
        assert_eq!(refused, Err(unknown), "byte {at}");
    }
}

#[test]
fn every_part_has_its_limit() {
    let at_the_limit = RecordBody {
        title: "x".repeat(limits::NOTE_TITLE_BYTES_MAX),
        text: "x".repeat(limits::NOTE_TEXT_BYTES_MAX),
        tags: vec!["x".repeat(limits::TAG_BYTES_MAX); limits::TAGS_MAX],
        source: Some(Source {
            path: "x".repeat(limits::SOURCE_PATH_BYTES_MAX),
            content_mark: 0,
        }),
        ..record("")
    };
    let body = OpBody::Record(at_the_limit.clone());
    assert_eq!(OpBody::parse(&body.encode().unwrap()), Ok(body));

    type Change = fn(&mut RecordBody);
    let changes: [(Field, Change); 5] = [
        (Field::Title, |record| record.title.push('x')),
        (Field::Text, |record| record.text.push('x')),
        (Field::Tag, |record| record.tags[63].push('x')),
        (Field::Tags, |record| record.tags.push(String::new())),
        (Field::SourcePath, |record| {
            record.source.as_mut().unwrap().path.push('x');
        }),
    ];
    for (field, change) in changes {
        let mut record = at_the_limit.clone();
        change(&mut record);
        let refused = OpBody::Record(record).encode();
        assert_eq!(refused.err(), Some(SealError::LimitExceeded { field }));
    }
}

#[test]
fn debug_shows_no_content() {
    let mut record = record("canary");
    record.source = Some(Source {
        path: "canary".into(),
        content_mark: 0,
    });
    assert_eq!(format!("{record:?}"), "RecordBody(..)");
    assert_eq!(format!("{:?}", record.source), "Some(Source(..))");
    assert_eq!(format!("{:?}", OpBody::Record(record)), "Record(..)");
}
