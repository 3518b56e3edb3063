//! The order of answers, and the order of document numbers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use search_index::{AddError, DocNumber, Document, Query, Segment, SegmentBuilder, search};

fn segment(documents: &[(u32, &str, &str, &[String])]) -> Segment {
    let mut builder = SegmentBuilder::new();
    for (number, title, text, tags) in documents {
        builder
            .add(DocNumber(*number), &Document { title, text, tags })
            .unwrap();
    }
    Segment::parse(builder.finish()).unwrap()
}

fn order(segment: &Segment, input: &str, limit: usize) -> Vec<u32> {
    let ranked = search(&[segment], &Query::parse(input), &|_| true, limit);
    ranked.hits.iter().map(|hit| hit.doc.0).collect()
}

#[test]
fn a_word_of_the_title_outranks_a_tag_and_repetitions_in_the_text() {
    let repeated = "docker ".repeat(50);
    let tags = ["docker".to_owned()];
    let segment = segment(&[
        (1, "docker", "x", &[]),
        (2, "other", &repeated, &[]),
        (3, "other", "x", &tags),
    ]);
    for asked in ["docker ", "docker", "dock"] {
        assert_eq!(order(&segment, asked, 10), [1, 3, 2], "{asked}");
    }
}

#[test]
fn the_word_itself_outranks_its_completions() {
    let segment = segment(&[
        (1, "", "targets target targets", &[]),
        (2, "", "tar of a longer text", &[]),
    ]);
    assert_eq!(order(&segment, "tar", 10), [2, 1]);
}

#[test]
fn a_rare_word_outranks_a_frequent_one() {
    let segment = segment(&[
        (1, "", "note note gnu", &[]),
        (2, "", "note gnu gnu", &[]),
        (3, "", "note note", &[]),
    ]);
    assert_eq!(order(&segment, "note gnu ", 10), [2, 1]);
}

#[test]
fn the_whole_of_joined_words_ranks_first() {
    let segment = segment(&[
        (1, "", "no cache here", &[]),
        (2, "", "--no-cache here", &[]),
        (3, "", "cache, no", &[]),
    ]);
    let found = order(&segment, "--no-cache", 10);
    assert_eq!((found.len(), found[0]), (3, 2));
}

#[test]
fn equal_scores_put_the_higher_number_first() {
    let same: Vec<(u32, &str, &str, &[String])> = (0..2000)
        .map(|number| (number, "same", "same", &[][..]))
        .collect();
    let segment = segment(&same);
    assert_eq!(order(&segment, "same", 3), [1999, 1998, 1997]);
    assert_eq!(order(&segment, "same", 0), []);
}

#[test]
fn dead_documents_neither_match_nor_count() {
    let segment = segment(&[
        (1, "", "word", &[]),
        (2, "", "word", &[]),
        (3, "", "word", &[]),
    ]);
    let ranked = search(
        &[&segment],
        &Query::parse("word"),
        &|number| number.0 == 2,
        10,
    );
    assert_eq!((ranked.total, ranked.hits[0].doc), (1, DocNumber(2)));
}

#[test]
fn an_empty_query_finds_nothing() {
    let segment = segment(&[(1, "", "word", &[])]);
    assert_eq!(
        search(&[&segment], &Query::parse(" ?! "), &|_| true, 10).total,
        0
    );
    assert_eq!(search(&[], &Query::parse("word"), &|_| true, 10).total, 0);
}

#[test]
fn numbers_must_ascend() {
    let mut builder = SegmentBuilder::new();
    let document = Document {
        title: "a",
        text: "b",
        tags: &[],
    };
    builder.add(DocNumber(5), &document).unwrap();
    let refused = builder.add(DocNumber(5), &document).unwrap_err();
    let (last, added) = (DocNumber(5), DocNumber(5));
    assert_eq!(refused, AddError::OutOfOrder { last, added });
    assert_eq!(builder.len(), 1);
    builder.add(DocNumber(u32::MAX), &document).unwrap();
    let segment = Segment::parse(builder.finish()).unwrap();
    assert_eq!(
        segment.docs().collect::<Vec<_>>(),
        [DocNumber(5), DocNumber(u32::MAX)]
    );
}
