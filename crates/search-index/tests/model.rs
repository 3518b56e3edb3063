//! The index against a model that reads every document for every query.
//!
//! Documents are rows of words from a vocabulary in several scripts. The
//! model knows the folded form of each surface form, and that
//!
//! 1. a word matches the same folded word; an unfinished last word matches
//!    every word that it begins;
//! 2. in a script without gaps every pair of neighbouring letters must occur
//!    in the document, and a single letter anywhere;
//! 3. a document matches if every word of the query does, in any field;
//! 4. dead documents never match;
//! 5. order is by score, then by number, highest first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use search_index::{DocNumber, Document, Query, Segment, SegmentBuilder, merge, search};

/// Surface forms and what they fold to.
const WORDS: &[(&str, &str)] = &[
    ("tar", "tar"),
    ("Target", "target"),
    ("TARGETS", "targets"),
    ("table", "table"),
    ("École", "ecole"),
    ("e\u{301}cole", "ecole"),
    ("ecoles", "ecoles"),
    ("Straße", "strasse"),
    ("STRASSEN", "strassen"),
    ("Ёлка", "елка"),
    ("елки", "елки"),
    ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
    ("كِتَاب", "كتاب"),
    ("كتابة", "كتابة"),
    ("किताब", "किताब"),
    ("किताबें", "किताबें"),
    ("2024", "2024"),
    ("２０２", "202"),
];

/// Words of scripts without gaps, all of letters without marks.
const RUNS: &[&str] = &[
    "検索",
    "検索機能",
    "全文検",
    "索",
    "カタカナ",
    "カナ",
    "파일",
    "파일을",
    "업로드",
    "กขค",
    "ขคง",
    "字",
];

#[derive(Clone, Debug)]
struct Word {
    surface: &'static str,
    folded: &'static str,
    is_run: bool,
}

fn word() -> impl Strategy<Value = Word> {
    let words = prop::sample::select(WORDS).prop_map(|(surface, folded)| Word {
        surface,
        folded,
        is_run: false,
    });
    let runs = prop::sample::select(RUNS).prop_map(|run| Word {
        surface: run,
        folded: run,
        is_run: true,
    });
    prop_oneof![2 => words, 1 => runs]
}

#[derive(Clone, Debug)]
struct Note {
    title: Vec<Word>,
    tags: Vec<Word>,
    text: Vec<Word>,
    gap: u32,
    is_live: bool,
}

fn note() -> impl Strategy<Value = Note> {
    let words = |max| proptest::collection::vec(word(), 0..max);
    (
        words(3),
        words(2),
        words(12),
        0_u32..5,
        prop::bool::weighted(0.7),
    )
        .prop_map(|(title, tags, text, gap, is_live)| Note {
            title,
            tags,
            text,
            gap,
            is_live,
        })
}

impl Note {
    fn words(&self) -> impl Iterator<Item = &Word> {
        self.title.iter().chain(&self.tags).chain(&self.text)
    }

    fn add_to(&self, builder: &mut SegmentBuilder, number: DocNumber) {
        let join = |words: &[Word], gap| {
            words
                .iter()
                .map(|word| word.surface)
                .collect::<Vec<_>>()
                .join(gap)
        };
        let tags: Vec<String> = self
            .tags
            .iter()
            .map(|word| word.surface.to_owned())
            .collect();
        let (title, text) = (join(&self.title, " "), join(&self.text, ",\n"));
        builder
            .add(
                number,
                &Document {
                    title: &title,
                    text: &text,
                    tags: &tags,
                },
            )
            .unwrap();
    }

    fn matches(&self, query: &[Word], is_last_unfinished: bool) -> bool {
        query.iter().enumerate().all(|(index, asked)| {
            let is_prefix = is_last_unfinished && index + 1 == query.len();
            if asked.is_run {
                self.holds_run(asked)
            } else {
                self.holds_word(asked, is_prefix)
            }
        })
    }

    fn holds_word(&self, asked: &Word, is_prefix: bool) -> bool {
        self.words().filter(|word| !word.is_run).any(|word| {
            word.folded == asked.folded || (is_prefix && word.folded.starts_with(asked.folded))
        })
    }

    fn holds_run(&self, asked: &Word) -> bool {
        let letters: Vec<char> = asked.folded.chars().collect();
        let holds = |letters: &[char]| {
            let wanted: String = letters.iter().collect();
            self.words()
                .any(|word| word.is_run && word.folded.contains(&wanted))
        };
        if letters.len() == 1 {
            holds(&letters)
        } else {
            letters.windows(2).all(holds)
        }
    }
}

/// Notes with their numbers.
fn numbered(notes: &[Note]) -> Vec<(DocNumber, &Note)> {
    let mut next = 0;
    notes
        .iter()
        .map(|note| {
            let number = DocNumber(next + note.gap);
            next = number.0 + 1;
            (number, note)
        })
        .collect()
}

fn build<'n>(notes: impl IntoIterator<Item = &'n (DocNumber, &'n Note)>) -> Vec<u8> {
    let mut builder = SegmentBuilder::new();
    for (number, note) in notes {
        note.add_to(&mut builder, *number);
    }
    builder.finish()
}

fn parse(bytes: Vec<u8>) -> Segment {
    Segment::parse(bytes).unwrap()
}

fn input(query: &[Word], is_last_unfinished: bool) -> String {
    let words: Vec<&str> = query.iter().map(|word| word.surface).collect();
    words.join(" ") + if is_last_unfinished { "" } else { " " }
}

/// A query of one to three words, and whether the last one is unfinished.
fn query() -> impl Strategy<Value = (Vec<Word>, bool)> {
    (proptest::collection::vec(word(), 1..4), any::<bool>())
}

proptest! {
    #[test]
    fn search_finds_what_the_model_finds(
        notes in proptest::collection::vec(note(), 0..40),
        queries in proptest::collection::vec(query(), 1..10),
        segments in 1_usize..5,
        limit in 0_usize..50,
    ) {
        let notes = numbered(&notes);
        let size = notes.len().div_ceil(segments).max(1);
        let segments: Vec<Segment> = notes.chunks(size).map(|part| parse(build(part))).collect();
        let segments: Vec<&Segment> = segments.iter().collect();
        let is_live = |number| notes.iter().any(|(known, note)| *known == number && note.is_live);
        for (words, unfinished) in queries {
            let parsed = Query::parse(&input(&words, unfinished));
            let all = search(&segments, &parsed, &is_live, usize::MAX);
            let mut found: Vec<DocNumber> = all.hits.iter().map(|hit| hit.doc).collect();
            found.sort_unstable();
            let expected: Vec<DocNumber> = notes
                .iter()
                .filter(|(_, note)| note.is_live && note.matches(&words, unfinished))
                .map(|(number, _)| *number)
                .collect();
            prop_assert_eq!(&found, &expected, "{:?}", words);
            prop_assert_eq!(all.total, expected.len());
            let in_order = |pair: &[search_index::Hit]| {
                (pair[0].score, pair[0].doc) > (pair[1].score, pair[1].doc)
            };
            prop_assert!(all.hits.windows(2).all(in_order));
            prop_assert!(all.hits.iter().all(|hit| hit.score.is_finite() && hit.score > 0.0));
            let few = search(&segments, &parsed, &is_live, limit);
            prop_assert_eq!(few.total, all.total);
            prop_assert_eq!(&few.hits[..], &all.hits[..limit.min(all.hits.len())]);
        }
    }

    #[test]
    fn a_merge_is_the_segment_of_the_live_documents(
        notes in proptest::collection::vec(note(), 0..300),
        owners in proptest::collection::vec(0_usize..3, 300),
    ) {
        let notes = numbered(&notes);
        let parts: Vec<Segment> = (0..3)
            .map(|part| {
                let own = notes.iter().zip(&owners).filter(|(_, owner)| **owner == part);
                parse(build(own.map(|(note, _)| note)))
            })
            .collect();
        let parts: Vec<&Segment> = parts.iter().collect();
        let is_live = |number| notes.iter().any(|(known, note)| *known == number && note.is_live);
        let merged = merge(&parts, &is_live);
        prop_assert_eq!(&merged, &build(notes.iter().filter(|(_, note)| note.is_live)));
        let again = merge(&[&parse(merged.clone())], &is_live);
        prop_assert_eq!(again, merged);
    }

    #[test]
    fn spreading_documents_over_segments_changes_no_answer(
        notes in proptest::collection::vec(note(), 1..40),
        (words, unfinished) in query(),
        size in 1_usize..20,
    ) {
        let notes = numbered(&notes);
        let whole = parse(build(&notes));
        let parts: Vec<Segment> = notes.chunks(size).map(|part| parse(build(part))).collect();
        let parts: Vec<&Segment> = parts.iter().collect();
        let query = Query::parse(&input(&words, unfinished));
        let everything = |_| true;
        prop_assert_eq!(
            search(&parts, &query, &everything, 100),
            search(&[&whole], &query, &everything, 100)
        );
    }

    #[test]
    fn any_text_can_be_indexed_and_asked_for(texts in proptest::collection::vec("(\\PC|[\u{fdfa}.\\[\\]_aB検\u{301}\n]){0,60}", 1..8)) {
        let mut builder = SegmentBuilder::new();
        for (number, text) in (0..).zip(&texts) {
            let tags = [text.clone()];
            builder.add(DocNumber(number), &Document { title: text, text, tags: &tags }).unwrap();
        }
        let bytes = builder.finish();
        let segment = parse(bytes.clone());
        prop_assert_eq!(merge(&[&segment], &|_| true), bytes);
        for text in &texts {
            let query = Query::parse(text);
            let ranked = search(&[&segment], &query, &|_| true, 10);
            prop_assert!(query.is_empty() || ranked.total > 0, "{text}");
        }
    }
}
