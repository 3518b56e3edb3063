//! Merging: several segments and fewer documents become one segment.

use super::Segment;
use super::dictionary::Terms;
use super::postings::Posting;
use super::writer::SegmentWriter;
use crate::document::{DocNumber, Field};
use vault_types::order::sort_numbers;

/// Merges segments into one that holds their live documents.
///
/// The bytes are those of a [`SegmentBuilder`](crate::SegmentBuilder) that was
/// given just the live documents. A number that two segments hold is taken
/// from the first of them. The lengths of the segments must add up to less
/// than 4 GiB, the reach of the format.
#[must_use]
pub fn merge(segments: &[&Segment], live: &dyn Fn(DocNumber) -> bool) -> Vec<u8> {
    let mut writer = SegmentWriter::default();
    let ordinals = number_documents(segments, live, &mut writer);
    let mut sources: Vec<Source<'_>> = segments
        .iter()
        .zip(&ordinals)
        .map(|(segment, ordinals)| Source::new(segment, ordinals))
        .collect();
    let mut term = Vec::new();
    let mut list = MergedList::default();
    while let Some(smallest) = sources.iter().filter_map(Source::term).min() {
        term.clear();
        term.extend_from_slice(smallest);
        for field in Field::ALL {
            list.clear();
            for source in sources.iter().filter(|source| source.term() == Some(&term)) {
                list.append(source, field);
            }
            list.write(&mut writer, field);
        }
        writer.finish_term(&term);
        for source in &mut sources {
            if source.term() == Some(&term) {
                source.advance();
            }
        }
    }
    writer.finish()
}

/// By segment and by document: the new ordinal, if the document lives on.
type Ordinals = Vec<Vec<Option<u32>>>;

/// Gives every live document its new ordinal and writes the document table.
fn number_documents(
    segments: &[&Segment],
    live: &dyn Fn(DocNumber) -> bool,
    writer: &mut SegmentWriter,
) -> Ordinals {
    // Number and place in one integer: sorting integers is the one sort that
    // the rest of the crate needs too, and code size counts.
    let mut numbered: Vec<u64> = Vec::new();
    let mut places: Vec<(usize, u32)> = Vec::new();
    for (source, segment) in segments.iter().enumerate() {
        for (doc, number) in (0_u32..).zip(segment.docs()) {
            numbered.push(u64::from(number.0) << 32 | places.len() as u64);
            places.push((source, doc));
        }
    }
    sort_numbers(&mut numbered);
    numbered.dedup_by_key(|key| *key >> 32);
    let mut ordinals: Ordinals = segments
        .iter()
        .map(|segment| vec![None; segment.doc_count()])
        .collect();
    let mut next = 0;
    for key in numbered {
        let number = DocNumber((key >> 32) as u32);
        let (source, doc) = places[(key & u64::from(u32::MAX)) as usize];
        if live(number) {
            writer.push_document(number, segments[source].norms(doc));
            ordinals[source][doc as usize] = Some(next);
            next += 1;
        }
    }
    ordinals
}

/// One segment on its way through a merge.
struct Source<'a> {
    terms: Terms<'a>,
    is_at_end: bool,
    ordinals: &'a [Option<u32>],
}

impl<'a> Source<'a> {
    fn new(segment: &'a Segment, ordinals: &'a [Option<u32>]) -> Self {
        let mut source = Self {
            terms: segment.dictionary().terms(),
            is_at_end: false,
            ordinals,
        };
        source.advance();
        source
    }

    fn advance(&mut self) {
        self.is_at_end = !self.terms.advance();
    }

    fn term(&self) -> Option<&[u8]> {
        (!self.is_at_end).then(|| self.terms.term())
    }
}

/// The postings of one term and field from all segments.
#[derive(Default)]
struct MergedList {
    postings: Vec<Posting>,
    positions: Vec<u32>,
}

impl MergedList {
    fn clear(&mut self) {
        self.postings.clear();
        self.positions.clear();
    }

    fn append(&mut self, source: &Source<'_>, field: Field) {
        if let Some(list) = source.terms.lists()[field.index()] {
            list.for_each_with_positions(|posting, positions| {
                if let Some(Some(doc)) = source.ordinals.get(posting.doc as usize) {
                    self.postings.push(Posting {
                        doc: *doc,
                        ..posting
                    });
                    self.positions.extend_from_slice(positions);
                }
            });
        }
    }

    fn write(&mut self, writer: &mut SegmentWriter, field: Field) {
        if self.postings.is_empty() {
            return;
        }
        if !self.postings.is_sorted_by_key(|posting| posting.doc) {
            self.sort();
        }
        writer.push_list(field, &self.postings, &self.positions);
    }

    /// Brings segments whose numbers interleave into document order.
    fn sort(&mut self) {
        let mut keys: Vec<u64> = Vec::with_capacity(self.postings.len());
        let mut spans = Vec::with_capacity(self.postings.len());
        let mut start = 0;
        for posting in &self.postings {
            keys.push(u64::from(posting.doc) << 32 | spans.len() as u64);
            let end = start + posting.frequency as usize;
            spans.push((posting.frequency, start..end));
            start = end;
        }
        sort_numbers(&mut keys);
        let unsorted = std::mem::take(&mut self.positions);
        self.postings.clear();
        for key in keys {
            let (frequency, span) = &spans[(key & u64::from(u32::MAX)) as usize];
            let positions = unsorted.get(span.clone()).unwrap_or_default();
            self.positions.extend_from_slice(positions);
            self.postings.push(Posting {
                doc: (key >> 32) as u32,
                frequency: *frequency,
            });
        }
    }
}
