//! The search index while the vault is open: which segments there are, which
//! lie on the disk under which names, and when some are merged.
//!
//! Every revision that is indexed gets a fresh number. The catalogue knows
//! which numbers stand for living records, so that no segment is ever changed:
//! an edit adds a small one, and a merge leaves out what is superseded.

use search_index::{DocNumber, Document, Segment, SegmentBuilder};
use std::collections::HashSet;
use vault_core::RecordBody;

/// The version of what is inside a sealed segment.
pub(crate) const SEGMENT_FORMAT: u8 = 1;
/// So many segments of about one size become one.
const TIER_SEGMENTS_MAX: usize = 8;

/// Names a segment on the disk: random, so that the name says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SegmentId(pub(crate) [u8; 16]);

impl SegmentId {
    /// The key in storage.
    pub(crate) fn key(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        u128::from_str_radix(key, 16)
            .ok()
            .map(|id| Self(id.to_be_bytes()))
    }
}

/// A segment in memory.
pub(crate) struct Held {
    pub(crate) id: SegmentId,
    pub(crate) segment: Segment,
}

/// Whether the index can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Readiness {
    /// Its segments are being read.
    #[default]
    Loading,
    /// It can answer.
    Ready,
}

/// The segments in memory.
#[derive(Default)]
pub(crate) struct Index {
    held: Vec<Held>,
    pub(crate) readiness: Readiness,
}

impl Index {
    pub(crate) fn add(&mut self, held: Held) {
        self.held.push(held);
    }

    pub(crate) fn remove(&mut self, ids: &[SegmentId]) {
        self.held.retain(|held| !ids.contains(&held.id));
    }

    pub(crate) fn segments(&self) -> Vec<&Segment> {
        self.held.iter().map(|held| &held.segment).collect()
    }

    /// The numbers that some segment holds.
    pub(crate) fn docs(&self) -> HashSet<DocNumber> {
        self.held
            .iter()
            .flat_map(|held| held.segment.docs())
            .collect()
    }

    /// Segments that are due to become one: those of the lowest tier that is
    /// full.
    pub(crate) fn due_for_merge(&self) -> Option<Vec<&Held>> {
        let mut tiers: Vec<Vec<&Held>> = Vec::new();
        for held in &self.held {
            let tier = tier(held.segment.doc_count() as usize);
            if tier >= tiers.len() {
                tiers.resize_with(tier + 1, Vec::new);
            }
            tiers[tier].push(held);
        }
        tiers
            .into_iter()
            .find(|tier| tier.len() >= TIER_SEGMENTS_MAX)
    }
}

/// Sizes up to 8 times the size of the tier below count as one size.
fn tier(docs: usize) -> usize {
    (docs.max(1).ilog2() / 3) as usize
}

/// Collects the texts of one transaction into a segment.
pub(crate) struct Indexing {
    builder: SegmentBuilder,
    next: u32,
}

impl Indexing {
    /// Numbers revisions from `next` on.
    pub(crate) fn from(next: u32) -> Self {
        Self {
            builder: SegmentBuilder::new(),
            next,
        }
    }

    /// Numbers and indexes a revision.
    pub(crate) fn add(&mut self, body: &RecordBody) -> DocNumber {
        let number = DocNumber(self.next);
        self.next += 1;
        self.add_as(number, body);
        number
    }

    /// Indexes a revision under the number that it has. Numbers that do not
    /// ascend are left out, and found missing at the next start.
    pub(crate) fn add_as(&mut self, number: DocNumber, body: &RecordBody) {
        let document = Document {
            title: &body.title,
            text: &body.text,
            tags: &body.tags,
        };
        let _ = self.builder.add(number, &document);
    }

    /// The first number that is free afterwards.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// The segment's bytes; `None` if nothing was indexed.
    pub(crate) fn finish(self) -> Option<Vec<u8>> {
        (!self.builder.is_empty()).then(|| self.builder.finish())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_segment_is_found_under_its_own_key() {
        let id = SegmentId([0x0f; 16]);
        assert_eq!(SegmentId::from_key(&id.key()), Some(id));
        assert_eq!(SegmentId::from_key("no"), None);
    }

    #[test]
    fn sizes_within_a_factor_of_eight_are_one_tier() {
        assert_eq!(tier(0), tier(7));
        assert_eq!(tier(8), tier(63));
        assert!(tier(7) < tier(8));
    }

    #[test]
    fn eight_segments_of_one_size_are_due() {
        let mut index = Index::default();
        for n in 1..=8_u8 {
            assert!(index.due_for_merge().is_none());
            let mut builder = SegmentBuilder::new();
            let document = Document {
                title: "t",
                text: "x",
                tags: &[],
            };
            builder.add(DocNumber(u32::from(n)), &document).unwrap();
            let segment = Segment::parse(builder.finish()).unwrap();
            index.add(Held {
                id: SegmentId([n; 16]),
                segment,
            });
        }
        assert_eq!(index.due_for_merge().unwrap().len(), 8);
        index.remove(&[SegmentId([1; 16])]);
        assert!(index.due_for_merge().is_none());
    }
}
