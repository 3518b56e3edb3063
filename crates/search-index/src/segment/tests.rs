//! What a segment does with bytes that it did not write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::{Document, Query, search};
use proptest::prelude::*;

/// A segment with every feature of the format: three fields, joined words,
/// several blocks of terms, a list of several blocks, long positions.
fn sample(docs: u32) -> Vec<u8> {
    let mut builder = SegmentBuilder::new();
    for number in 0..docs {
        let title = format!("Note {number}");
        let text = format!(
            "common word{number} 検索 foo_bar {}",
            "again ".repeat(number as usize % 40)
        );
        let tags = ["daily".to_owned(), format!("tag{}", number % 3)];
        let document = Document {
            title: &title,
            text: &text,
            tags: &tags,
        };
        builder.add(DocNumber(number * 7), &document).unwrap();
    }
    builder.finish()
}

fn with_right_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() >= HEADER_LEN {
        let sum = checksum(&bytes[..CHECKSUM_OFFSET]) ^ checksum(&bytes[HEADER_LEN..]);
        bytes[CHECKSUM_OFFSET..HEADER_LEN].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

/// Everything that reads a segment; the answers do not matter.
fn use_in_every_way(segment: &Segment) {
    for input in ["common", "w", "検索", "foo_b", "again note ", "tag1 daily "] {
        let ranked = search(&[segment], &Query::parse(input), &|_| true, 10);
        assert!(ranked.hits.len() <= ranked.total && ranked.total <= segment.doc_count());
    }
    let merged = merge(&[segment, segment], &|number| number.0 % 2 == 0);
    Segment::parse(merged).unwrap();
}

#[test]
fn what_the_builder_writes_is_a_segment() {
    let segment = Segment::parse(sample(300)).unwrap();
    assert_eq!(segment.doc_count(), 300);
    assert_eq!(segment.docs().nth(2), Some(DocNumber(14)));
    use_in_every_way(&segment);
}

#[test]
fn a_segment_without_documents_is_a_segment() {
    let segment = Segment::parse(SegmentBuilder::new().finish()).unwrap();
    assert_eq!(segment.doc_count(), 0);
    use_in_every_way(&segment);
}

#[test]
fn a_truncated_segment_is_refused_at_every_length() {
    let bytes = sample(5);
    for len in 0..bytes.len() {
        assert!(Segment::parse(bytes[..len].to_vec()).is_err(), "{len}");
    }
    assert!(Segment::parse([&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = sample(5);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Segment::parse(damaged).is_err(), "{bit}");
    }
}

#[test]
fn every_flipped_bit_under_a_right_checksum_is_refused_or_harmless() {
    let bytes = sample(6);
    let (mut refused, mut harmless) = (0, 0);
    for bit in 0..bytes.len() * 8 {
        let mut forged = bytes.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        match Segment::parse(with_right_checksum(forged)) {
            Ok(segment) => {
                use_in_every_way(&segment);
                harmless += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0 && harmless > 0);
}

#[test]
fn each_kind_of_damage_has_its_error() {
    let bytes = sample(5);
    let parse = |change: fn(&mut Vec<u8>)| {
        let mut changed = bytes.clone();
        change(&mut changed);
        Segment::parse(with_right_checksum(changed)).unwrap_err()
    };
    assert_eq!(
        Segment::parse(vec![0; 39]).unwrap_err(),
        SegmentError::TooShort { len: 39 }
    );
    assert_eq!(parse(|bytes| bytes[0] = b'X'), SegmentError::WrongMagic);
    assert_eq!(
        parse(|bytes| bytes[4] = 2),
        SegmentError::UnknownVersion { found: 2 }
    );
    assert!(matches!(
        parse(|bytes| bytes.push(0)),
        SegmentError::WrongLength { .. }
    ));
    assert_eq!(parse(|bytes| bytes[8] ^= 1), SegmentError::DamagedDocuments);
    assert_eq!(
        parse(|bytes| bytes[12] ^= 1),
        SegmentError::DamagedDictionary
    );
    let mut damaged = bytes.clone();
    damaged[50] ^= 1;
    assert_eq!(
        Segment::parse(damaged).unwrap_err(),
        SegmentError::ChecksumMismatch
    );
}

#[test]
fn a_forged_count_allocates_nothing() {
    for offset in [8, 12, 16, 20, 24, 28] {
        let mut bytes = sample(5);
        bytes[offset..offset + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(Segment::parse(with_right_checksum(bytes)).is_err());
    }
}

proptest! {
    #[test]
    fn forged_bytes_are_refused_or_harmless(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        docs in 1_u32..200,
    ) {
        let mut bytes = sample(docs);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(segment) = Segment::parse(with_right_checksum(bytes)) {
            use_in_every_way(&segment);
        }
    }

    #[test]
    fn random_bytes_behind_a_header_are_refused_or_harmless(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 3),
        (docs, terms) in (0_u32..4, 0_u32..4),
    ) {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        ends.sort_unstable();
        ends.push(body.len());
        let mut bytes = [&MAGIC[..], &[VERSION, 0, 0, 0], &docs.to_le_bytes(), &terms.to_le_bytes()].concat();
        let mut start = 0;
        for end in ends {
            bytes.extend_from_slice(&((end - start) as u32).to_le_bytes());
            start = end;
        }
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&body);
        if let Ok(segment) = Segment::parse(with_right_checksum(bytes)) {
            use_in_every_way(&segment);
        }
    }
}

/// Two small documents, byte for byte as the module documentation says.
#[test]
fn the_format_does_not_change_unnoticed() {
    let mut builder = SegmentBuilder::new();
    let tags = ["x".to_owned()];
    let first = Document {
        title: "ab",
        text: "ab cd ab",
        tags: &tags,
    };
    builder.add(DocNumber(3), &first).unwrap();
    builder
        .add(
            DocNumber(5),
            &Document {
                title: "",
                text: "abc",
                tags: &[],
            },
        )
        .unwrap();
    let bytes = builder.finish();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = [
        "4c53495801000000",                 // magic, version
        "0200000004000000",                 // 2 documents, 4 terms
        "08000000080000001800000005000000", // bytes of the sections
        "eb52790f0a45a11b",                 // checksum
        "0301",                             // documents 3 and 3 + 1 + 1
        "010103000001",                     // lengths of title, tags and text
        "0000000000000000",                 // one block of terms
        "0261620501010101",                 // "ab" in title and text, 1 document, 1 byte each
        "2163040101",                       // 2 bytes shared and "c", in text
        "026364040101",                     // "cd" in text
        "0178020101",                       // "x" in tags
        "00",                               // ab, title: document 0 once, at 0
        "32",                               // ab, text: document 0 twice, at 0 and 2
        "01",                               // abc, text: document 1 once, at 0
        "04",                               // cd, text: document 0 once, at 1
        "00",                               // x, tags: document 0 once, at 0
    ];
    assert_eq!(hex, expected.concat());
}
