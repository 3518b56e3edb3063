//! From documents to the bytes of a segment.

use super::error::AddError;
use super::intern::TermTable;
use super::norms::encode_norm;
use super::postings::Posting;
use super::writer::SegmentWriter;
use crate::document::{DocNumber, Document, FIELD_COUNT, Field};
use crate::tokenize::{Token, Tokenizer};
use vault_types::order::sort_by;

/// Positions left free between two tags, so that no phrase spans them.
const TAG_GAP: u32 = 8;

/// Occurrences at which a builder is full: section lengths are `u32`, and an
/// occurrence takes at most 20 bytes of a segment besides its term.
const MAX_OCCURRENCES: usize = 128 << 20;

/// Bytes of distinct terms at which a builder is full.
const MAX_TERM_TABLE_BYTES: usize = 2 << 30;

/// The most occurrences that a byte of text can give: a letter of a camel
/// case word is a part, and the word comes on top.
const OCCURRENCES_PER_BYTE: usize = 2;

/// The most bytes of terms that a byte of text can give: NFKC makes up to
/// eleven bytes of one, in a part, a word and a whole.
const TERM_BYTES_PER_BYTE: usize = 33;

/// Builds one segment; call [`Self::add`] for each document, then
/// [`Self::finish`].
///
/// Memory grows with the text. A caller that streams many documents watches
/// [`Self::estimated_bytes`] and finishes a segment now and then.
#[derive(Debug, Default)]
pub struct SegmentBuilder {
    tokenizer: Tokenizer,
    terms: TermTable,
    docs: Vec<DocNumber>,
    norms: Vec<[u8; FIELD_COUNT]>,
    occurrences: Vec<Occurrence>,
}

/// One term at one place.
#[derive(Clone, Copy, Debug)]
struct Occurrence {
    /// Term id times [`FIELD_COUNT`] plus field.
    key: u32,
    doc: u32,
    position: u32,
}

impl SegmentBuilder {
    /// A builder without documents.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Indexes a document under a number larger than all before.
    ///
    /// # Errors
    ///
    /// [`AddError::OutOfOrder`] for a number that is not larger,
    /// [`AddError::Full`] when the segment must be finished first; a document
    /// of up to 60 MB always fits an empty builder. The builder is unchanged
    /// in both cases.
    pub fn add(&mut self, number: DocNumber, document: &Document<'_>) -> Result<(), AddError> {
        if let Some(last) = self.docs.last().copied().filter(|last| *last >= number) {
            return Err(AddError::OutOfOrder {
                last,
                added: number,
            });
        }
        if !self.has_room_for(document_bytes(document)) {
            return Err(AddError::Full {
                documents: self.docs.len(),
            });
        }
        let mut lengths = [0; FIELD_COUNT];
        lengths[Field::Title.index()] = self.add_text(Field::Title, document.title, 0).length;
        let mut position = 0;
        for tag in document.tags {
            let added = self.add_text(Field::Tags, tag, position);
            lengths[Field::Tags.index()] += added.length;
            position = added.next_position.saturating_add(TAG_GAP);
        }
        lengths[Field::Text.index()] = self.add_text(Field::Text, document.text, 0).length;
        self.docs.push(number);
        self.norms.push(lengths.map(encode_norm));
        Ok(())
    }

    /// How many documents were added.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.docs.len()
    }

    /// Whether no document was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }

    /// About how many bytes [`Self::finish`] would give now.
    #[must_use]
    pub const fn estimated_bytes(&self) -> usize {
        // Measured on notes in eleven languages: half of each term is shared
        // with its neighbour, and an occurrence takes eleven bits.
        let terms = self.terms.arena_bytes() / 2 + self.terms.len() * 6;
        terms + self.occurrences.len() * 11 / 8 + self.docs.len() * 4
    }

    /// The bytes of the segment. The same documents give the same bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut writer = SegmentWriter::default();
        for (number, norms) in self.docs.iter().zip(&self.norms) {
            writer.push_document(*number, *norms);
        }
        let (starts, places) = group_by_key(&self.occurrences, self.terms.len() * FIELD_COUNT);
        let mut order: Vec<u32> = (0..self.terms.len() as u32).collect();
        sort_by(&mut order, |a, b| self.terms.term(*a) < self.terms.term(*b));
        let (mut postings, mut positions) = (Vec::new(), Vec::new());
        for id in order {
            for field in Field::ALL {
                let key = id as usize * FIELD_COUNT + field.index();
                let places = places.get(starts[key]..starts[key + 1]).unwrap_or_default();
                if !places.is_empty() {
                    collect_postings(places, &mut postings, &mut positions);
                    writer.push_list(field, &postings, &positions);
                }
            }
            writer.finish_term(self.terms.term(id));
        }
        writer.finish()
    }

    fn has_room_for(&self, text_bytes: usize) -> bool {
        let occurrences = text_bytes.saturating_mul(OCCURRENCES_PER_BYTE);
        let term_bytes = text_bytes.saturating_mul(TERM_BYTES_PER_BYTE);
        self.occurrences.len().saturating_add(occurrences) <= MAX_OCCURRENCES
            && self.terms.arena_bytes().saturating_add(term_bytes) <= MAX_TERM_TABLE_BYTES
    }

    fn add_text(&mut self, field: Field, text: &str, first_position: u32) -> Added {
        let doc = self.docs.len() as u32;
        let mut length = 0_u32;
        let (terms, occurrences) = (&mut self.terms, &mut self.occurrences);
        let mut add_token = |token: Token<'_>| {
            let id = terms.intern(token.term.as_bytes());
            let key = id * FIELD_COUNT as u32 + field.index() as u32;
            occurrences.push(Occurrence {
                key,
                doc,
                position: token.position,
            });
            length += u32::from(token.kind.is_primary());
        };
        let next_position = self
            .tokenizer
            .tokenize(text, first_position, &mut add_token);
        Added {
            length,
            next_position,
        }
    }
}

/// What one text added to its document.
struct Added {
    /// Primary tokens.
    length: u32,
    next_position: u32,
}

/// Bytes of all fields, a bound on the tokens that they give.
fn document_bytes(document: &Document<'_>) -> usize {
    let tags: usize = document.tags.iter().map(String::len).sum();
    document.title.len() + document.text.len() + tags
}

/// Sorts occurrences by key, keeping the order within a key: a counting sort,
/// since keys are dense. Returns where each key starts, and (document,
/// position) of all.
fn group_by_key(occurrences: &[Occurrence], key_count: usize) -> (Vec<usize>, Vec<(u32, u32)>) {
    let mut starts = vec![0; key_count + 1];
    for occurrence in occurrences {
        starts[occurrence.key as usize + 1] += 1;
    }
    for key in 0..key_count {
        starts[key + 1] += starts[key];
    }
    let mut next = starts.clone();
    let mut places = vec![(0, 0); occurrences.len()];
    for occurrence in occurrences {
        let at = &mut next[occurrence.key as usize];
        places[*at] = (occurrence.doc, occurrence.position);
        *at += 1;
    }
    (starts, places)
}

fn collect_postings(places: &[(u32, u32)], postings: &mut Vec<Posting>, positions: &mut Vec<u32>) {
    postings.clear();
    positions.clear();
    for (doc, position) in places {
        positions.push(*position);
        match postings.last_mut() {
            Some(last) if last.doc == *doc => last.frequency += 1,
            _ => postings.push(Posting {
                doc: *doc,
                frequency: 1,
            }),
        }
    }
}
