//! Segments: immutable indexes of some documents.
//!
//! # Wire layout, version 1
//!
//! Integers are little-endian; `varint` is LEB128 of a `u32`. A segment is
//!
//! ```text
//! offset  size  field
//!      0     4  magic "LSIX"
//!      4     1  version, 1
//!      5     3  zero
//!      8     4  D, number of documents
//!     12     4  T, number of terms
//!     16     4  bytes of section 1, documents
//!     20     4  bytes of section 2, block index
//!     24     4  bytes of section 3, term blocks
//!     28     4  bytes of section 4, postings
//!     32     8  checksum of bytes 0..32, xor checksum of bytes 40..end
//!     40        sections 1 to 4, one behind the other, then the end
//! ```
//!
//! The checksum starts with h = number of bytes and takes for each 8 bytes,
//! the last ones filled with zeros (8 zeros if none are left over),
//! h = (rotl64(h, 5) xor bytes) × 0x9e3779b97f4a7c15 mod 2^64.
//!
//! 1. **Documents**: D times the varint gap of a document number (the first
//!    number itself, then number − previous − 1), then D times three norms
//!    (field lengths of title, tags, text in words; see `norms`).
//! 2. **Block index**: for each block of 16 terms, `u32` offset into section
//!    3 and `u32` offset into section 4 of the first term's first list.
//! 3. **Term blocks**: per term
//!    - head byte: high nibble bytes shared with the term before, low nibble
//!      bytes of suffix; nibble 15 adds a varint (shared first, then suffix);
//!    - the suffix;
//!    - field mask: bit 0 title, bit 1 tags, bit 2 text;
//!    - per field in the mask: varint number of documents, varint bytes of
//!      the list.
//! 4. **Postings**: the lists in the order of terms and fields. A list of
//!    more than 128 documents is a row of blocks of 128 (the last may hold
//!    fewer), each preceded by varint (last document − last document of the
//!    block before, or − 0), varint bytes of documents, varint bytes of
//!    positions, and each of these two parts begins at a byte. A shorter list
//!    is one block without these three, its positions following the last bit
//!    of its documents. A list ends with zero bits up to a byte. A block holds
//!    Rice codes (see `bits`):
//!    - documents: per document its gap (the ordinal itself for the first of
//!      the list, ordinal − previous − 1 for the others) with the parameter
//!      of total D and count documents of the list; then occurrences − 1 with
//!      parameter 0;
//!    - positions: per document, per occurrence, position − previous position
//!      (− 0 for the first of the document) with the parameter of total
//!      length of the field, as its norm says, and count occurrences + 1.
//!
//! The Rice code of a number with parameter k is (number >> k) one bits, a
//! zero bit, the k low bits of the number, lowest first; from 20 one bits on
//! it is 20 one bits and the 32 bits of the number. The parameter for a total
//! and a count is the largest k with 2^k <= floor(11 total / 16 count), or 0.
//!
//! The norm of a length below 24 is the length. Others are
//! 24 + 8 e + m with length − 16 = (8 + m) 2^e, rounded down, m below 8.
//!
//! # Invariants
//!
//! 1. The four sections fill the bytes exactly.
//! 2. The checksum holds.
//! 3. Document numbers ascend strictly; there are exactly D.
//! 4. Terms are 1 to 64 bytes of UTF-8 and ascend strictly by bytes; there
//!    are exactly T; the first of a block shares nothing.
//! 5. Every record of the block index points at the term and the list where
//!    a walk from the beginning arrives.
//! 6. Every term has at least one list, every list at least one and at most
//!    D documents and at least three bits for each; the lists fill section 4.
//! 7. The block headers of a list fill it exactly, and end before ordinal D.
//! 8. The same documents give the same bytes, whether indexed afresh or
//!    merged from other segments.
//!
//! 1 to 7 are checked when a segment is parsed. What a block holds is checked
//! when it is read: a bad block ends its list.

mod bits;
mod builder;
mod dictionary;
mod error;
mod intern;
mod merge;
mod norms;
mod postings;
mod wire;
mod writer;

use std::ops::Range;

pub use builder::SegmentBuilder;
pub(crate) use dictionary::Terms;
pub use error::{AddError, SegmentError};
pub use merge::merge;
pub(crate) use postings::PostingList;

use dictionary::Dictionary;
use postings::DocumentTable;
use wire::{Reader, checksum};

use crate::document::{DocNumber, FIELD_COUNT, Field};

const MAGIC: [u8; 4] = *b"LSIX";
const VERSION: u8 = 1;
/// Where the checksum lies, and the end of what it covers in the header.
const CHECKSUM_OFFSET: usize = 32;
/// Bytes before the first section.
const HEADER_LEN: usize = 40;
/// The sections of a segment in their order.
const SECTION_COUNT: usize = 4;

/// An immutable index of some documents, as written by [`SegmentBuilder`] or
/// [`merge`].
#[derive(Clone, Debug)]
pub struct Segment {
    bytes: Vec<u8>,
    docs: Vec<DocNumber>,
    norms: Range<usize>,
    /// Sums of the field lengths of all documents.
    total_lengths: [u64; FIELD_COUNT],
    term_count: u32,
    index: Range<usize>,
    blocks: Range<usize>,
    postings: Range<usize>,
}

impl Segment {
    /// Checks `bytes` against the invariants of the format and takes them over.
    ///
    /// # Errors
    ///
    /// Any bytes that [`SegmentBuilder::finish`] or [`merge`] did not write.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, SegmentError> {
        let header = Header::parse(&bytes)?;
        let [documents, index, blocks, postings] = header.sections;
        let (docs, norms) = parse_documents(&bytes, documents, header.doc_count)
            .ok_or(SegmentError::DamagedDocuments)?;
        let mut segment = Self {
            docs,
            norms,
            total_lengths: [0; FIELD_COUNT],
            term_count: header.term_count,
            index,
            blocks,
            postings,
            bytes,
        };
        segment.total_lengths = segment.sum_lengths();
        if !dictionary::is_well_formed(segment.dictionary()) {
            return Err(SegmentError::DamagedDictionary);
        }
        Ok(segment)
    }

    /// How many documents the segment holds, live or not.
    pub fn doc_count(&self) -> usize {
        self.docs.len()
    }

    /// The numbers of its documents, ascending.
    pub fn docs(&self) -> impl Iterator<Item = DocNumber> + '_ {
        self.docs.iter().copied()
    }

    /// The bytes that [`Self::parse`] took over.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of the document with this ordinal.
    pub(crate) fn doc_number(&self, doc: u32) -> Option<DocNumber> {
        self.docs.get(doc as usize).copied()
    }

    /// The sums of the field lengths of all documents, in tokens.
    pub(crate) const fn total_lengths(&self) -> [u64; FIELD_COUNT] {
        self.total_lengths
    }

    /// The encoded lengths of a document's fields; see [`length_of_norm`].
    pub(crate) fn norms(&self, doc: u32) -> [u8; FIELD_COUNT] {
        self.norm_table()
            .get(doc as usize)
            .copied()
            .unwrap_or_default()
    }

    /// A cursor before the first term that is not less than `term`.
    pub(crate) fn terms_from(&self, term: &str) -> Terms<'_> {
        self.dictionary().terms_from(term.as_bytes())
    }

    /// The posting lists of exactly `term`, per field.
    pub(crate) fn lists_of(&self, term: &str) -> [Option<PostingList<'_>>; FIELD_COUNT] {
        let mut terms = self.terms_from(term);
        if terms.advance() && terms.term() == term.as_bytes() {
            terms.lists()
        } else {
            [None; FIELD_COUNT]
        }
    }

    fn dictionary(&self) -> Dictionary<'_> {
        Dictionary {
            index: self.section(&self.index),
            blocks: self.section(&self.blocks),
            postings: self.section(&self.postings),
            term_count: self.term_count,
            table: DocumentTable {
                norms: self.norm_table(),
            },
        }
    }

    fn norm_table(&self) -> &[[u8; FIELD_COUNT]] {
        self.section(&self.norms).as_chunks().0
    }

    fn section(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    fn sum_lengths(&self) -> [u64; FIELD_COUNT] {
        let mut totals = [0; FIELD_COUNT];
        for norms in self.norm_table() {
            for field in Field::ALL {
                let field = field.index();
                totals[field] += u64::from(norms::decode_norm(norms[field]));
            }
        }
        totals
    }
}

/// The length in tokens that a norm stands for.
pub(crate) const fn length_of_norm(norm: u8) -> u32 {
    norms::decode_norm(norm)
}

/// The fixed part of a segment, checked against its length.
struct Header {
    doc_count: u32,
    term_count: u32,
    sections: [Range<usize>; SECTION_COUNT],
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, SegmentError> {
        let too_short = SegmentError::TooShort { len: bytes.len() };
        let body = bytes.get(HEADER_LEN..).ok_or(too_short)?;
        let mut reader = Reader::new(bytes);
        if reader.take(MAGIC.len()) != Some(&MAGIC) {
            return Err(SegmentError::WrongMagic);
        }
        let version = reader.byte().ok_or(too_short)?;
        if version != VERSION || reader.take(3) != Some(&[0; 3]) {
            return Err(SegmentError::UnknownVersion { found: version });
        }
        let doc_count = reader.u32_le().ok_or(too_short)?;
        let term_count = reader.u32_le().ok_or(too_short)?;
        let mut lengths = [0; SECTION_COUNT];
        for length in &mut lengths {
            *length = reader.u32_le().ok_or(too_short)?;
        }
        let sections = place_sections(lengths, bytes.len())?;
        let fixed = bytes.get(..CHECKSUM_OFFSET).ok_or(too_short)?;
        if reader.u64_le() != Some(checksum(fixed) ^ checksum(body)) {
            return Err(SegmentError::ChecksumMismatch);
        }
        Ok(Self {
            doc_count,
            term_count,
            sections,
        })
    }
}

fn place_sections(
    lengths: [u32; SECTION_COUNT],
    actual: usize,
) -> Result<[Range<usize>; SECTION_COUNT], SegmentError> {
    let sum: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
    let declared = HEADER_LEN as u64 + sum;
    if declared != actual as u64 {
        return Err(SegmentError::WrongLength { declared, actual });
    }
    let mut start = HEADER_LEN;
    Ok(lengths.map(|length| {
        let section = start..start + length as usize;
        start = section.end;
        section
    }))
}

/// The document numbers, and where the norms lie behind them.
fn parse_documents(
    bytes: &[u8],
    section: Range<usize>,
    doc_count: u32,
) -> Option<(Vec<DocNumber>, Range<usize>)> {
    let norms_len = (doc_count as usize).checked_mul(FIELD_COUNT)?;
    // Also bounds the allocation below by the size of the input.
    let norms_start = section
        .end
        .checked_sub(norms_len)
        .filter(|start| *start >= section.start)?;
    let mut gaps = Reader::new(bytes.get(section.start..norms_start)?);
    let mut docs = Vec::with_capacity(doc_count as usize);
    let mut next = Some(0_u32);
    for _ in 0..doc_count {
        let number = next?.checked_add(gaps.varint()?)?;
        docs.push(DocNumber(number));
        next = number.checked_add(1);
    }
    gaps.is_at_end().then_some((docs, norms_start..section.end))
}

#[cfg(test)]
mod tests;
