//! The one place that lays out the bytes of a segment.

use super::dictionary::{DictionaryWriter, ListEntry};
use super::postings::{DocumentTable, ListEncoder, Posting};
use super::wire::{checksum, write_varint};
use super::{CHECKSUM_OFFSET, HEADER_LEN, MAGIC, VERSION};
use crate::document::{DocNumber, FIELD_COUNT, Field};

/// Takes documents and then terms, both ascending, and gives the bytes.
#[derive(Debug, Default)]
pub(super) struct SegmentWriter {
    next_number: u32,
    gaps: Vec<u8>,
    norms: Vec<[u8; FIELD_COUNT]>,
    encoder: ListEncoder,
    dictionary: DictionaryWriter,
    postings: Vec<u8>,
    term_offset: u32,
    lists: [ListEntry; FIELD_COUNT],
}

impl SegmentWriter {
    pub(super) fn push_document(&mut self, number: DocNumber, norms: [u8; FIELD_COUNT]) {
        write_varint(&mut self.gaps, number.0 - self.next_number);
        // The last number of all has no successor that could be written.
        self.next_number = number.0.saturating_add(1);
        self.norms.push(norms);
    }

    /// Adds a list of the term that [`Self::finish_term`] will name. Fields
    /// ascend; an empty list is no list.
    pub(super) fn push_list(&mut self, field: Field, postings: &[Posting], positions: &[u32]) {
        let start = self.postings.len();
        let table = DocumentTable { norms: &self.norms };
        self.encoder
            .encode(&mut self.postings, table, field, postings, positions);
        self.lists[field.index()] = ListEntry {
            doc_frequency: postings.len() as u32,
            len: (self.postings.len() - start) as u32,
        };
    }

    /// Names the term of the lists pushed since the last call; a term without
    /// lists leaves no trace.
    pub(super) fn finish_term(&mut self, term: &[u8]) {
        let lists = std::mem::take(&mut self.lists);
        if lists.iter().any(|list| list.doc_frequency > 0) {
            self.dictionary.push(term, lists, self.term_offset);
            self.term_offset = self.postings.len() as u32;
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let documents_len = self.gaps.len() + self.norms.as_flattened().len();
        let lengths = [
            documents_len,
            self.dictionary.index.len(),
            self.dictionary.blocks.len(),
            self.postings.len(),
        ];
        let mut bytes = Vec::with_capacity(HEADER_LEN + lengths.iter().sum::<usize>());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[VERSION, 0, 0, 0]);
        bytes.extend_from_slice(&(self.norms.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&self.dictionary.term_count.to_le_bytes());
        for length in lengths {
            bytes.extend_from_slice(&(length as u32).to_le_bytes());
        }
        let header_checksum = checksum(&bytes);
        bytes.extend_from_slice(&[0; HEADER_LEN - CHECKSUM_OFFSET]);
        for section in [
            &self.gaps,
            self.norms.as_flattened(),
            &self.dictionary.index,
            &self.dictionary.blocks,
            &self.postings,
        ] {
            bytes.extend_from_slice(section);
        }
        let sum = header_checksum ^ checksum(bytes.get(HEADER_LEN..).unwrap_or_default());
        if let Some(field) = bytes.get_mut(CHECKSUM_OFFSET..HEADER_LEN) {
            field.copy_from_slice(&sum.to_le_bytes());
        }
        bytes
    }
}
