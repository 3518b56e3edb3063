//! Merging: several segments and fewer documents become one segment.

use super::Segment;
use super::dictionary::Terms;
use super::postings::Posting;
use super::writer::SegmentWriter;
use crate::document::{DocNumber, Field};

/// Merges segments into one that holds their live documents.
///
/// The bytes are those of a [`SegmentBuilder`](crate::SegmentBuilder) that was
/// given just the live documents. A number that two segments hold is taken
/// from the first of them.
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

/// The new ordinal of a document, if it lives on.
type Ordinals = Vec<Option<u32>>;

/// Gives every live document its new ordinal and writes the document table.
fn number_documents(
    segments: &[&Segment],
    live: &dyn Fn(DocNumber) -> bool,
    writer: &mut SegmentWriter,
) -> Vec<Ordinals> {
    let mut numbered: Vec<(DocNumber, usize, u32)> = Vec::new();
    for (source, segment) in segments.iter().enumerate() {
        numbered.extend(
            (0_u32..)
                .zip(segment.docs())
                .map(|(doc, number)| (number, source, doc)),
        );
    }
    numbered.sort_unstable();
    numbered.dedup_by_key(|(number, _, _)| *number);
    let mut ordinals: Vec<Ordinals> = segments
        .iter()
        .map(|segment| vec![None; segment.doc_count()])
        .collect();
    let mut next = 0;
    for (number, source, doc) in numbered {
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
    ordinals: &'a Ordinals,
}

impl<'a> Source<'a> {
    fn new(segment: &'a Segment, ordinals: &'a Ordinals) -> Self {
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
        let mut start = 0;
        let mut spans: Vec<(Posting, usize)> = Vec::with_capacity(self.postings.len());
        for posting in &self.postings {
            spans.push((*posting, start));
            start += posting.frequency as usize;
        }
        spans.sort_unstable_by_key(|(posting, _)| posting.doc);
        let unsorted = std::mem::take(&mut self.positions);
        self.postings.clear();
        for (posting, start) in spans {
            let end = start + posting.frequency as usize;
            self.positions
                .extend_from_slice(unsorted.get(start..end).unwrap_or_default());
            self.postings.push(posting);
        }
    }
}
