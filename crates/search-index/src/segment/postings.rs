//! Posting lists: which documents hold a term, how often, and where.
//!
//! A list is cut into blocks of [`BLOCK_DOCS`] documents. Inside a block all
//! document gaps and frequencies come first and all positions after them, so
//! ranking never touches positions.

use super::wire::{Reader, write_varint};

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

/// Appends the list to `out`. `postings` ascend by document; `positions`
/// holds `frequency` ascending positions for each of them in turn.
pub(super) fn encode_list(out: &mut Vec<u8>, postings: &[Posting], mut positions: &[u32]) {
    let mut previous_doc = None;
    let with_headers = postings.len() > BLOCK_DOCS;
    let (mut docs_part, mut positions_part) = (Vec::new(), Vec::new());
    for block in postings.chunks(BLOCK_DOCS) {
        let block_start = previous_doc;
        docs_part.clear();
        positions_part.clear();
        for posting in block {
            write_posting(&mut docs_part, *posting, previous_doc);
            previous_doc = Some(posting.doc);
            let own = posting.frequency as usize;
            let (own, rest) = positions.split_at(own.min(positions.len()));
            write_positions(&mut positions_part, own);
            positions = rest;
        }
        if with_headers {
            write_varint(out, previous_doc.unwrap_or(0) - block_start.unwrap_or(0));
            write_varint(out, docs_part.len() as u32);
            write_varint(out, positions_part.len() as u32);
        }
        out.extend_from_slice(&docs_part);
        out.extend_from_slice(&positions_part);
    }
}

fn write_posting(out: &mut Vec<u8>, posting: Posting, previous: Option<u32>) {
    let gap = previous.map_or(posting.doc, |previous| posting.doc - previous - 1);
    if posting.frequency == 1 {
        write_varint(out, gap << 1);
    } else {
        write_varint(out, gap << 1 | 1);
        write_varint(out, posting.frequency - 2);
    }
}

fn write_positions(out: &mut Vec<u8>, positions: &[u32]) {
    let mut previous = 0;
    for position in positions {
        write_varint(out, position - previous);
        previous = *position;
    }
}

/// The encoded bytes of one list, and what its reader must know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostingList<'a> {
    pub(super) bytes: &'a [u8],
    /// How many documents the list holds.
    pub(super) doc_frequency: u32,
    /// How many documents the segment holds; no list may name a later one.
    pub(super) doc_count: u32,
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
        while left > 0 {
            let Some(block) = self.next_block(&mut reader, left) else {
                return;
            };
            let mut docs = Reader::new(block.bytes);
            for _ in 0..block.docs {
                let Some(posting) = read_posting(&mut docs, next_doc, self.doc_count) else {
                    return;
                };
                next_doc = posting.doc + 1;
                visit(posting);
            }
            left -= block.docs;
        }
    }

    /// As [`Self::for_each`], with the positions of each posting.
    pub(crate) fn for_each_with_positions(&self, mut visit: impl FnMut(Posting, &[u32])) {
        let mut next_doc = 0;
        let mut reader = Reader::new(self.bytes);
        let mut left = self.doc_frequency;
        let mut postings = Vec::with_capacity(BLOCK_DOCS);
        let mut positions = Vec::new();
        while left > 0 {
            let Some(block) = self.next_block(&mut reader, left) else {
                return;
            };
            let mut bytes = Reader::new(block.bytes);
            postings.clear();
            for _ in 0..block.docs {
                let Some(posting) = read_posting(&mut bytes, next_doc, self.doc_count) else {
                    return;
                };
                next_doc = posting.doc + 1;
                postings.push(posting);
            }
            if block
                .header
                .is_some_and(|header| header.docs_len != bytes.offset())
            {
                return;
            }
            for posting in &postings {
                if read_positions(&mut bytes, posting.frequency, &mut positions).is_none() {
                    return;
                }
                visit(*posting, &positions);
            }
            left -= block.docs;
        }
    }

    /// Checks what can be checked without decoding every posting: the block
    /// headers, and that the blocks fill the list exactly.
    pub(super) fn is_well_formed(&self) -> bool {
        if self.doc_frequency == 0 || self.doc_frequency > self.doc_count {
            return false;
        }
        // Each document takes a byte for its gap and one for its position.
        if (self.bytes.len() as u64) < 2 * u64::from(self.doc_frequency) {
            return false;
        }
        let mut reader = Reader::new(self.bytes);
        let mut left = self.doc_frequency;
        let mut last_doc = 0_u64;
        while left > 0 {
            let Some(block) = self.next_block(&mut reader, left) else {
                return false;
            };
            left -= block.docs;
            last_doc += block
                .header
                .map_or(0, |header| u64::from(header.last_doc_gap));
        }
        reader.is_at_end() && last_doc < u64::from(self.doc_count)
    }

    fn next_block(&self, reader: &mut Reader<'a>, left: u32) -> Option<Block<'a>> {
        let docs = left.min(BLOCK_DOCS as u32);
        if self.doc_frequency as usize <= BLOCK_DOCS {
            return Some(Block {
                docs,
                bytes: reader.take(self.bytes.len())?,
                header: None,
            });
        }
        let last_doc_gap = reader.varint()?;
        let docs_len = reader.varint()? as usize;
        let positions_len = reader.varint()? as usize;
        let bytes = reader.take(docs_len.checked_add(positions_len)?)?;
        Some(Block {
            docs,
            bytes,
            header: Some(BlockHeader {
                last_doc_gap,
                docs_len,
            }),
        })
    }
}

#[inline]
fn read_posting(reader: &mut Reader<'_>, next_doc: u32, doc_count: u32) -> Option<Posting> {
    let code = reader.varint()?;
    let doc = next_doc
        .checked_add(code >> 1)
        .filter(|doc| *doc < doc_count)?;
    let frequency = if code & 1 == 0 {
        1
    } else {
        reader.varint()?.checked_add(2)?
    };
    Some(Posting { doc, frequency })
}

/// Fills `positions`; `None` if they are cut off or overflow.
fn read_positions(reader: &mut Reader<'_>, count: u32, positions: &mut Vec<u32>) -> Option<()> {
    positions.clear();
    let mut position = 0_u32;
    for _ in 0..count {
        position = position.checked_add(reader.varint()?)?;
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
        encode_list(&mut bytes, &postings, &positions);
        let doc_frequency = postings.len() as u32;
        let list = PostingList {
            bytes: &bytes,
            doc_frequency,
            doc_count: 5000,
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
            let list = PostingList { bytes: &bytes, doc_frequency, doc_count: 200 };
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
