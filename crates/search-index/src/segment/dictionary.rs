//! The dictionary: sorted terms, front-coded in blocks of [`BLOCK_TERMS`].
//!
//! A term is found by binary search over the first terms of the blocks and a
//! short scan; the terms of a prefix are neighbours, and so are their posting
//! lists. Every reader checks its bounds, so damaged bytes end a scan instead
//! of ending the process.

use super::postings::{DocumentTable, PostingList};
use super::wire::{Reader, write_varint};
use crate::document::{FIELD_COUNT, Field};
use crate::tokenize::MAX_TERM_BYTES;

/// Terms in one block; only the last block holds fewer.
pub(super) const BLOCK_TERMS: usize = 16;

/// Bytes of one record of the block index: two offsets of four bytes.
const INDEX_RECORD_LEN: usize = 8;

/// The value of a nibble that says: a varint follows with the rest.
const NIBBLE_ESCAPE: usize = 15;

/// Where one list of a term lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ListEntry {
    /// How many documents the list holds; 0 if there is no list.
    pub(super) doc_frequency: u32,
    /// Bytes of the list.
    pub(super) len: u32,
}

/// Builds the index and the blocks from terms in ascending order.
#[derive(Debug, Default)]
pub(super) struct DictionaryWriter {
    pub(super) index: Vec<u8>,
    pub(super) blocks: Vec<u8>,
    pub(super) term_count: u32,
    previous: Vec<u8>,
}

impl DictionaryWriter {
    /// Adds the next term; its lists start at `postings_offset`, one behind
    /// the other.
    pub(super) fn push(
        &mut self,
        term: &[u8],
        lists: [ListEntry; FIELD_COUNT],
        postings_offset: u32,
    ) {
        let mut shared = 0;
        if (self.term_count as usize).is_multiple_of(BLOCK_TERMS) {
            self.index
                .extend_from_slice(&(self.blocks.len() as u32).to_le_bytes());
            self.index.extend_from_slice(&postings_offset.to_le_bytes());
        } else {
            shared = self
                .previous
                .iter()
                .zip(term)
                .take_while(|(a, b)| a == b)
                .count();
        }
        self.write_entry(shared, term.get(shared..).unwrap_or_default(), lists);
        self.previous.clear();
        self.previous.extend_from_slice(term);
        self.term_count += 1;
    }

    fn write_entry(&mut self, shared: usize, suffix: &[u8], lists: [ListEntry; FIELD_COUNT]) {
        let nibble = |len: usize| len.min(NIBBLE_ESCAPE);
        self.blocks
            .push((nibble(shared) << 4 | nibble(suffix.len())) as u8);
        for len in [shared, suffix.len()] {
            if len >= NIBBLE_ESCAPE {
                write_varint(&mut self.blocks, (len - NIBBLE_ESCAPE) as u32);
            }
        }
        self.blocks.extend_from_slice(suffix);
        let present = lists
            .iter()
            .enumerate()
            .filter(|(_, list)| list.doc_frequency > 0);
        self.blocks.push(
            present
                .clone()
                .fold(0, |mask, (field, _)| mask | 1 << field),
        );
        for (_, list) in present {
            write_varint(&mut self.blocks, list.doc_frequency);
            write_varint(&mut self.blocks, list.len);
        }
    }
}

/// The three sections that together map a term to its posting lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dictionary<'a> {
    pub(super) index: &'a [u8],
    pub(super) blocks: &'a [u8],
    pub(super) postings: &'a [u8],
    pub(super) term_count: u32,
    pub(super) table: DocumentTable<'a>,
}

impl<'a> Dictionary<'a> {
    /// A cursor before the first term.
    pub(super) fn terms(self) -> Terms<'a> {
        self.terms_of_block(0)
    }

    /// A cursor before the first term that is not less than `term`.
    pub(super) fn terms_from(self, term: &[u8]) -> Terms<'a> {
        let block_count = (self.term_count as usize).div_ceil(BLOCK_TERMS);
        // The number of blocks whose first term is at most `term`.
        let (mut low, mut high) = (0, block_count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.first_term(middle).is_some_and(|first| first <= term) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut terms = self.terms_of_block(low.saturating_sub(1));
        while terms.advance() {
            if terms.term() >= term {
                terms.is_pending = true;
                break;
            }
        }
        terms
    }

    fn terms_of_block(self, block: usize) -> Terms<'a> {
        let record = block.saturating_mul(INDEX_RECORD_LEN);
        let mut index = Reader::new(self.index.get(record..).unwrap_or_default());
        let block_offset = index.u32_le().unwrap_or(0) as usize;
        let postings_offset = index.u32_le().unwrap_or(0) as usize;
        Terms {
            dictionary: self,
            entries: Reader::new(self.blocks.get(block_offset..).unwrap_or_default()),
            ordinal: block * BLOCK_TERMS,
            term: Vec::with_capacity(MAX_TERM_BYTES),
            lists: [ListEntry::default(); FIELD_COUNT],
            lists_offset: postings_offset,
            next_offset: postings_offset,
            is_pending: false,
        }
    }

    /// The first term of a block stands there whole.
    fn first_term(&self, block: usize) -> Option<&'a [u8]> {
        let record = block.checked_mul(INDEX_RECORD_LEN)?;
        let offset = Reader::new(self.index.get(record..)?).u32_le()?;
        let mut entry = Reader::new(self.blocks.get(offset as usize..)?);
        let (_, suffix_len) = read_lengths(&mut entry)?;
        entry.take(suffix_len)
    }
}

/// A cursor over terms in ascending order.
#[derive(Clone, Debug)]
pub(crate) struct Terms<'a> {
    dictionary: Dictionary<'a>,
    entries: Reader<'a>,
    /// The ordinal of the next term.
    ordinal: usize,
    term: Vec<u8>,
    lists: [ListEntry; FIELD_COUNT],
    lists_offset: usize,
    next_offset: usize,
    /// The current term has been read but is still to be returned.
    is_pending: bool,
}

impl<'a> Terms<'a> {
    /// Moves to the next term; `false` at the end.
    pub(crate) fn advance(&mut self) -> bool {
        if std::mem::take(&mut self.is_pending) {
            return true;
        }
        self.ordinal < self.dictionary.term_count as usize && self.read_entry().is_some()
    }

    /// The current term.
    pub(crate) fn term(&self) -> &[u8] {
        &self.term
    }

    /// The posting lists of the current term per field.
    pub(crate) fn lists(&self) -> [Option<PostingList<'a>>; FIELD_COUNT] {
        let mut lists = [None; FIELD_COUNT];
        let mut offset = self.lists_offset;
        for field in Field::ALL {
            let ListEntry { doc_frequency, len } = self.lists[field.index()];
            let end = offset.saturating_add(len as usize);
            let bytes = self.dictionary.postings.get(offset..end);
            let table = self.dictionary.table;
            lists[field.index()] = bytes
                .filter(|_| doc_frequency > 0)
                .map(|bytes| PostingList {
                    bytes,
                    field,
                    doc_frequency,
                    table,
                });
            offset = end;
        }
        lists
    }

    /// Reads the next entry; `None` if the bytes are damaged.
    fn read_entry(&mut self) -> Option<()> {
        let (shared, suffix_len) = read_lengths(&mut self.entries)?;
        let starts_block = self.ordinal.is_multiple_of(BLOCK_TERMS);
        let fits = shared <= self.term.len() && shared + suffix_len <= MAX_TERM_BYTES;
        if !fits || (starts_block && shared > 0) {
            return None;
        }
        self.term.truncate(shared);
        self.term.extend_from_slice(self.entries.take(suffix_len)?);
        self.lists = read_lists(&mut self.entries)?;
        self.lists_offset = self.next_offset;
        for list in self.lists {
            self.next_offset = self.next_offset.checked_add(list.len as usize)?;
        }
        self.ordinal += 1;
        Some(())
    }
}

/// The lengths of the shared prefix and of the suffix, each at most a few
/// bytes over [`MAX_TERM_BYTES`] before the caller's check.
fn read_lengths(entry: &mut Reader<'_>) -> Option<(usize, usize)> {
    let head = entry.byte()?;
    let mut length = |nibble: u8| match usize::from(nibble) {
        NIBBLE_ESCAPE => {
            let rest = entry.varint()? as usize;
            (rest <= MAX_TERM_BYTES).then_some(NIBBLE_ESCAPE + rest)
        }
        short => Some(short),
    };
    Some((length(head >> 4)?, length(head & 0x0f)?))
}

fn read_lists(entry: &mut Reader<'_>) -> Option<[ListEntry; FIELD_COUNT]> {
    let mask = entry.byte()?;
    if mask == 0 || mask >> FIELD_COUNT != 0 {
        return None;
    }
    let mut lists = [ListEntry::default(); FIELD_COUNT];
    for (field, list) in lists.iter_mut().enumerate() {
        if mask >> field & 1 == 1 {
            list.doc_frequency = entry.varint().filter(|docs| *docs > 0)?;
            list.len = entry.varint()?;
        }
    }
    Some(lists)
}

/// Walks the whole dictionary and says whether it keeps its invariants: the
/// index matches the blocks, terms ascend and are UTF-8, lists follow each
/// other without a gap and fill the postings section, and each is well formed.
pub(super) fn is_well_formed(dictionary: Dictionary<'_>) -> bool {
    let block_count = (dictionary.term_count as usize).div_ceil(BLOCK_TERMS);
    if dictionary.index.len() != block_count * INDEX_RECORD_LEN {
        return false;
    }
    let mut index = Reader::new(dictionary.index);
    let mut terms = dictionary.terms();
    if terms.next_offset != 0 || (block_count > 0 && dictionary.first_term(0).is_none()) {
        return false;
    }
    let mut previous = Vec::new();
    for ordinal in 0..dictionary.term_count as usize {
        if ordinal.is_multiple_of(BLOCK_TERMS) {
            let here = (terms.entries.offset(), terms.next_offset);
            let record = (index.u32_le(), index.u32_le());
            if record != (u32::try_from(here.0).ok(), u32::try_from(here.1).ok()) {
                return false;
            }
        }
        if !terms.advance() || terms.term() <= previous.as_slice() || !entry_is_well_formed(&terms)
        {
            return false;
        }
        previous.clear();
        previous.extend_from_slice(terms.term());
    }
    terms.entries.is_at_end() && terms.next_offset == dictionary.postings.len()
}

fn entry_is_well_formed(terms: &Terms<'_>) -> bool {
    let present = terms
        .lists
        .iter()
        .filter(|list| list.doc_frequency > 0)
        .count();
    let lists = terms.lists();
    let readable = lists.iter().flatten().count();
    std::str::from_utf8(terms.term()).is_ok()
        && readable == present
        && lists.iter().flatten().all(PostingList::is_well_formed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ONE_BYTE: ListEntry = ListEntry {
        doc_frequency: 1,
        len: 1,
    };

    fn write(terms: &BTreeSet<String>) -> (DictionaryWriter, Vec<u8>) {
        let mut writer = DictionaryWriter::default();
        for (offset, term) in (0..).zip(terms) {
            let lists = [ListEntry::default(), ListEntry::default(), ONE_BYTE];
            writer.push(term.as_bytes(), lists, offset);
        }
        (writer, vec![0; terms.len()])
    }

    fn rest(mut terms: Terms<'_>) -> Vec<String> {
        let mut found = Vec::new();
        while terms.advance() {
            found.push(String::from_utf8(terms.term().to_vec()).unwrap());
        }
        found
    }

    proptest! {
        #[test]
        fn a_cursor_begins_at_the_first_term_that_is_not_less(
            terms in proptest::collection::btree_set("[abä]{1,20}", 0..100),
            wanted in "[abä]{0,3}",
        ) {
            let (writer, postings) = write(&terms);
            let dictionary = Dictionary {
                index: &writer.index,
                blocks: &writer.blocks,
                postings: &postings,
                term_count: writer.term_count,
                table: DocumentTable { norms: &[[1; FIELD_COUNT]] },
            };
            prop_assert!(is_well_formed(dictionary));
            let expected: Vec<String> = terms.range(wanted.clone()..).cloned().collect();
            prop_assert_eq!(rest(dictionary.terms_from(wanted.as_bytes())), expected);
            prop_assert_eq!(rest(dictionary.terms()), Vec::from_iter(terms));
        }
    }
}
