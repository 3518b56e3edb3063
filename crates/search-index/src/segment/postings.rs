//! Posting lists: which documents hold a term, how often, and where.
//!
//! A list is cut into blocks of [`BLOCK_DOCS`] documents. Inside a block all
//! document gaps and frequencies come first and all positions after them, so
//! ranking never touches positions. Numbers are Rice codes, whose parameters
//! follow from what is known anyway: the share of documents in the list, and
//! the length of the field a position lies in.

use super::bits::{BitReader, BitWriter, rice_parameter};
use super::norms::decode_norm;
use super::wire::{Reader, write_varint};
use crate::document::{FIELD_COUNT, Field};

/// Documents in one block; only the last block of a list holds fewer.
pub(super) const BLOCK_DOCS: usize = 128;

/// One document of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    /// The ordinal of the document inside its segment.
    pub(crate) doc: u32,
    /// How often the term occurs, at least once.
    pub(crate) frequency: u32,
}

/// What both sides know of the documents of a segment, and the codes depend
/// on: how many there are and how long their fields are.
#[derive(Clone, Copy, Debug)]
pub(super) struct DocumentTable<'a> {
    pub(super) norms: &'a [[u8; FIELD_COUNT]],
}

impl DocumentTable<'_> {
    pub(super) const fn doc_count(&self) -> u32 {
        self.norms.len() as u32
    }

    /// The parameter for the gaps of a list of `doc_frequency` documents.
    const fn gap_parameter(&self, doc_frequency: u32) -> u32 {
        rice_parameter(self.doc_count(), doc_frequency)
    }

    /// The parameter for the positions of one posting.
    fn position_parameter(&self, field: Field, posting: Posting) -> u32 {
        let norms = self
            .norms
            .get(posting.doc as usize)
            .copied()
            .unwrap_or_default();
        let length = decode_norm(norms[field.index()]);
        rice_parameter(length, posting.frequency.saturating_add(1))
    }
}

/// Encodes lists; keeps its buffers between calls.
#[derive(Debug, Default)]
pub(super) struct ListEncoder {
    docs: BitWriter,
    positions: BitWriter,
}

impl ListEncoder {
    /// Appends a list to `out`. `postings` ascend by document; `positions`
    /// holds `frequency` ascending positions for each of them in turn.
    pub(super) fn encode(
        &mut self,
        out: &mut Vec<u8>,
        table: DocumentTable<'_>,
        field: Field,
        postings: &[Posting],
        positions: &[u32],
    ) {
        let gap_parameter = table.gap_parameter(postings.len() as u32);
        let mut positions = positions.iter();
        let mut previous = None;
        for block in postings.chunks(BLOCK_DOCS) {
            let last_of_previous = previous.unwrap_or(0);
            self.docs.clear();
            self.positions.clear();
            for posting in block {
                write_posting(&mut self.docs, *posting, previous, gap_parameter);
                previous = Some(posting.doc);
            }
            let has_header = postings.len() > BLOCK_DOCS;
            let bits = if has_header {
                &mut self.positions
            } else {
                &mut self.docs
            };
            for posting in block {
                let parameter = table.position_parameter(field, *posting);
                let own = positions.by_ref().take(posting.frequency as usize);
                write_positions(bits, own, parameter);
            }
            self.docs.align();
            self.positions.align();
            if has_header {
                write_varint(out, previous.unwrap_or(0) - last_of_previous);
                write_varint(out, self.docs.bytes().len() as u32);
                write_varint(out, self.positions.bytes().len() as u32);
            }
            out.extend_from_slice(self.docs.bytes());
            out.extend_from_slice(self.positions.bytes());
        }
    }
}

fn write_posting(bits: &mut BitWriter, posting: Posting, previous: Option<u32>, parameter: u32) {
    let gap = previous.map_or(posting.doc, |previous| posting.doc - previous - 1);
    bits.write_rice(gap, parameter);
    bits.write_rice(posting.frequency - 1, 0);
}

fn write_positions<'p>(
    bits: &mut BitWriter,
    positions: impl Iterator<Item = &'p u32>,
    parameter: u32,
) {
    let mut previous = 0;
    for position in positions {
        bits.write_rice(position - previous, parameter);
        previous = *position;
    }
}

/// The encoded bytes of one list, and what its reader must know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostingList<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) field: Field,
    /// How many documents the list holds.
    pub(super) doc_frequency: u32,
    pub(super) table: DocumentTable<'a>,
}

/// One block, its two parts still encoded.
struct Block<'a> {
    /// How many documents it holds.
    docs: u32,
    /// The documents part and the positions part, one behind the other.
    bytes: &'a [u8],
    header: Option<BlockHeader>,
}

/// What precedes each block of a list that has more than one.
struct BlockHeader {
    /// The last document of this block minus that of the block before, or
    /// minus 0: lets a reader skip the block undecoded.
    last_doc_gap: u32,
    /// Bytes of the documents part.
    docs_len: usize,
}

impl<'a> PostingList<'a> {
    /// How many documents hold the term in this field.
    pub(crate) const fn doc_frequency(&self) -> u32 {
        self.doc_frequency
    }

    /// Calls `visit` for each posting, documents ascending. A damaged list
    /// ends early; documents stay below the segment's count in any case.
    #[inline]
    pub(crate) fn for_each(&self, mut visit: impl FnMut(Posting)) {
        let mut next_doc = 0;
        let mut reader = Reader::new(self.bytes);
        let mut left = self.doc_frequency;
        while let Some(block) = self.next_block(&mut reader, &mut left) {
            let mut bits = BitReader::new(block.bytes);
            if self
                .read_docs(&mut bits, block.docs, &mut next_doc, &mut visit)
                .is_none()
            {
                return;
            }
        }
    }

    /// As [`Self::for_each`], with the positions of each posting.
    pub(crate) fn for_each_with_positions(&self, mut visit: impl FnMut(Posting, &[u32])) {
        let mut next_doc = 0;
        let mut reader = Reader::new(self.bytes);
        let mut left = self.doc_frequency;
        let mut postings = Vec::with_capacity(BLOCK_DOCS);
        let mut positions = Vec::new();
        while let Some(block) = self.next_block(&mut reader, &mut left) {
            let mut bits = BitReader::new(block.bytes);
            postings.clear();
            let read = self.read_docs(&mut bits, block.docs, &mut next_doc, |posting| {
                postings.push(posting)
            });
            if read.is_none() || !block.ends_docs_at(&mut bits) {
                return;
            }
            for posting in &postings {
                let parameter = self.table.position_parameter(self.field, *posting);
                if read_positions(&mut bits, posting.frequency, parameter, &mut positions).is_none()
                {
                    return;
                }
                visit(*posting, &positions);
            }
        }
    }

    /// Checks what can be checked without decoding every posting: the block
    /// headers, and that the blocks fill the list exactly.
    pub(super) fn is_well_formed(&self) -> bool {
        if self.doc_frequency == 0 || self.doc_frequency > self.table.doc_count() {
            return false;
        }
        // A document takes at least a bit for its gap, its frequency and its
        // position each.
        if (self.bytes.len() as u64) * 8 < 3 * u64::from(self.doc_frequency) {
            return false;
        }
        let mut reader = Reader::new(self.bytes);
        let mut left = self.doc_frequency;
        let mut last_doc = 0_u64;
        while let Some(block) = self.next_block(&mut reader, &mut left) {
            last_doc += block
                .header
                .map_or(0, |header| u64::from(header.last_doc_gap));
        }
        left == 0 && reader.is_at_end() && last_doc < u64::from(self.table.doc_count())
    }

    /// The next block while documents are `left`.
    fn next_block(&self, reader: &mut Reader<'a>, left: &mut u32) -> Option<Block<'a>> {
        let docs = (*left).min(BLOCK_DOCS as u32);
        if docs == 0 {
            return None;
        }
        let block = if self.doc_frequency as usize <= BLOCK_DOCS {
            Block {
                docs,
                bytes: reader.take(self.bytes.len())?,
                header: None,
            }
        } else {
            let last_doc_gap = reader.varint()?;
            let docs_len = reader.varint()? as usize;
            let positions_len = reader.varint()? as usize;
            let bytes = reader.take(docs_len.checked_add(positions_len)?)?;
            Block {
                docs,
                bytes,
                header: Some(BlockHeader {
                    last_doc_gap,
                    docs_len,
                }),
            }
        };
        *left -= docs;
        Some(block)
    }

    /// Visits `count` postings; `None` if they are cut off or leave the
    /// segment.
    #[inline]
    fn read_docs(
        &self,
        bits: &mut BitReader<'_>,
        count: u32,
        next_doc: &mut u32,
        mut visit: impl FnMut(Posting),
    ) -> Option<()> {
        let parameter = self.table.gap_parameter(self.doc_frequency);
        let doc_count = self.table.doc_count();
        for _ in 0..count {
            let gap = bits.read_rice(parameter)?;
            let frequency = bits.read_rice(0)?.checked_add(1)?;
            let doc = next_doc.checked_add(gap).filter(|doc| *doc < doc_count)?;
            *next_doc = doc + 1;
            visit(Posting { doc, frequency });
        }
        Some(())
    }
}

impl Block<'_> {
    /// Whether the documents part ends where the header says; moves `bits` to
    /// the first position.
    fn ends_docs_at(&self, bits: &mut BitReader<'_>) -> bool {
        self.header.as_ref().is_none_or(|header| {
            bits.align();
            bits.offset() == header.docs_len
        })
    }
}

/// Fills `positions`; `None` if they are cut off or overflow.
fn read_positions(
    bits: &mut BitReader<'_>,
    count: u32,
    parameter: u32,
    positions: &mut Vec<u32>,
) -> Option<()> {
    positions.clear();
    let mut position = 0_u32;
    for _ in 0..count {
        position = position.checked_add(bits.read_rice(parameter)?)?;
        positions.push(position);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn round_trip(lists: &BTreeMap<u32, Vec<u32>>) -> BTreeMap<u32, Vec<u32>> {
        let postings: Vec<Posting> = lists
            .iter()
            .map(|(doc, positions)| Posting {
                doc: *doc,
                frequency: positions.len() as u32,
            })
            .collect();
        let positions: Vec<u32> = lists.values().flatten().copied().collect();
        let mut bytes = Vec::new();
        let norms: Vec<[u8; FIELD_COUNT]> = (0..5000_u32).map(|doc| [doc as u8; 3]).collect();
        let table = DocumentTable { norms: &norms };
        let field = Field::Text;
        ListEncoder::default().encode(&mut bytes, table, field, &postings, &positions);
        let doc_frequency = postings.len() as u32;
        let list = PostingList {
            bytes: &bytes,
            field,
            doc_frequency,
            table,
        };
        assert!(list.is_well_formed());
        let mut without_positions = Vec::new();
        list.for_each(|posting| without_positions.push(posting));
        assert_eq!(without_positions, postings);
        let mut read = BTreeMap::new();
        list.for_each_with_positions(|posting, positions| {
            read.insert(posting.doc, positions.to_vec());
        });
        read
    }

    proptest! {
        #[test]
        fn lists_of_any_length_round_trip(
            mut lists in proptest::collection::btree_map(
                0_u32..5000, proptest::collection::vec(0_u32..100_000, 1..4), 1..400)
        ) {
            lists.values_mut().for_each(|positions| positions.sort_unstable());
            prop_assert_eq!(round_trip(&lists), lists);
        }

        #[test]
        fn hostile_lists_end_early_inside_the_segment(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            doc_frequency in 0_u32..300,
        ) {
            let table = DocumentTable { norms: &[[9; FIELD_COUNT]; 200] };
            let list = PostingList { bytes: &bytes, field: Field::Text, doc_frequency, table };
            let mut last = None;
            list.for_each_with_positions(|posting, positions| {
                assert!(posting.doc < 200 && last < Some(posting.doc));
                assert_eq!(positions.len(), posting.frequency as usize);
                last = Some(posting.doc);
            });
            list.for_each(|posting| assert!(posting.doc < 200));
            list.is_well_formed();
        }
    }
}
