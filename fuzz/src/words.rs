//! Search: segments from a disk, queries from a person.

use search_index::{
    DocNumber, Document, Query, Segment, SegmentBuilder, highlight, merge, search, snippet,
};

/// The bytes of a segment. A damaged one is refused or answers something;
/// what comes of merging it is sound.
pub(crate) fn segment(data: &[u8]) {
    let Ok(segment) = Segment::parse(data.to_vec()) else {
        return;
    };
    let everything = |_| true;
    for input in ["a", "alpha", "alpha bet", "日本", "wörd"] {
        let found = search(&[&segment], &Query::parse(input), &everything, 10);
        assert!(found.hits.len() <= 10 && found.hits.len() <= found.total);
    }
    let merged = merge(&[&segment], &everything);
    let merged = Segment::parse(merged).expect("what is merged is sound");
    assert!(merged.doc_count() <= segment.doc_count());
}

pub(crate) fn segment_seeds() -> Vec<Vec<u8>> {
    let notes = [
        ("alpha", "alpha beta gamma alpha"),
        ("日本語", "日本語の検索 wörd Größe"),
        (
            "",
            "one two three four five six seven alphabet alphabetical",
        ),
    ];
    (1..=notes.len())
        .map(|count| {
            let mut builder = SegmentBuilder::new();
            for (number, (title, text)) in (1..).zip(&notes[..count]) {
                let tags = ["tag".to_owned()];
                let document = Document {
                    title,
                    text,
                    tags: &tags,
                };
                builder
                    .add(DocNumber(number), &document)
                    .expect("numbers ascend");
            }
            builder.finish()
        })
        .collect()
}

/// A query and a text, parted by the first line's end: what is highlighted
/// lies within what is shown, in order and apart.
pub(crate) fn query(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    let (input, text) = text.split_once('\n').unwrap_or((text, text));
    let query = Query::parse(input);
    for shown in [snippet(text, &query, 160), highlight(text, &query)] {
        let len = shown.text.encode_utf16().count();
        let mut end = 0;
        for (from, to) in shown.highlights {
            assert!(end <= from && from < to && to as usize <= len);
            end = to;
        }
    }
}

pub(crate) fn query_seeds() -> Vec<Vec<u8>> {
    [
        "alp\nalpha beta",
        "größe 日本\nGROSSE 日本語の検索",
        "\"a b\" c\na b c",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}
