//! The search index while the vault is open: which segments there are, which
//! lie on the disk under which names, and when some are merged.
//!
//! Every revision that is indexed gets a fresh number. The catalogue knows
//! which numbers stand for living records, so that no segment is ever changed:
//! an edit adds a small one, and a merge leaves out what is superseded.

use search_index::{DocNumber, Document, Segment, SegmentBuilder};
use vault_core::RecordBody;
use vault_types::order::sort_by_key;
use vault_types::{Map, Set, limits};

/// The version of what is inside a sealed segment.
pub(crate) const SEGMENT_FORMAT: u8 = 1;
/// So many segments of about one size become one.
const TIER_SEGMENTS_MAX: usize = 8;
/// What a segment is closed at, by the builder's estimate.
const SEGMENT_BYTES_AIM: usize = 2 * 1024 * 1024;
/// A segment of several documents is no longer than this, so that it can
/// always be sealed as one object.
const SEGMENT_BYTES_MAX: usize = limits::PLAINTEXT_BYTES_MAX / 8 * 5;
/// A document with a longer text gets a segment of its own.
const SHARED_TEXT_BYTES_MAX: usize = 256 * 1024;

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
    /// Segments on the disk that are of no use.
    damaged: Vec<SegmentId>,
    /// What is on the disk could not be read: it has to go as a whole.
    pub(crate) disk: OnDisk,
    pub(crate) readiness: Readiness,
}

/// Whether the segments on the disk are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OnDisk {
    /// They are those in memory, and those that are damaged.
    #[default]
    Known,
    /// They could not be read.
    Unknown,
}

impl Index {
    pub(crate) fn add(&mut self, held: Held) {
        self.held.push(held);
    }

    /// Takes in what was read from the disk. A document that two segments
    /// hold would be found twice: the second of them counts as damaged.
    pub(crate) fn load(&mut self, read: Vec<(SegmentId, Option<Segment>)>) {
        let mut known = self.docs();
        for (id, segment) in read {
            if self.held.iter().any(|held| held.id == id) {
                continue;
            }
            match segment {
                Some(segment) if segment.docs().all(|doc| !known.contains(&doc)) => {
                    known.extend(segment.docs());
                    self.held.push(Held { id, segment });
                }
                _ => self.damaged.push(id),
            }
        }
        self.readiness = Readiness::Ready;
    }

    /// The segments could not be read: all of them are to be made anew.
    pub(crate) fn lose(&mut self) {
        self.disk = OnDisk::Unknown;
        self.readiness = Readiness::Ready;
    }

    /// The first number above all that a segment holds. A number that stood
    /// for a superseded revision must never stand for another one.
    pub(crate) fn next_doc(&self) -> u32 {
        let docs = self.held.iter().flat_map(|held| held.segment.docs());
        docs.map(|doc| doc.0).max().unwrap_or(0).saturating_add(1)
    }

    /// Segments on the disk that are of no use.
    pub(crate) fn damaged(&self) -> &[SegmentId] {
        &self.damaged
    }

    pub(crate) fn remove(&mut self, ids: &[SegmentId]) {
        self.held.retain(|held| !ids.contains(&held.id));
        self.damaged.retain(|id| !ids.contains(id));
    }

    pub(crate) fn segments(&self) -> Vec<&Segment> {
        self.held.iter().map(|held| &held.segment).collect()
    }

    /// The numbers that some segment holds.
    pub(crate) fn docs(&self) -> Set<DocNumber> {
        self.held
            .iter()
            .flat_map(|held| held.segment.docs())
            .collect()
    }

    /// Segments that are due to become one: the smallest of the lowest tier
    /// that is full, as many as make a segment that can be sealed; else one
    /// that is too long for that and holds mostly what is superseded.
    pub(crate) fn due_for_merge(&self, live: &dyn Fn(DocNumber) -> bool) -> Option<Vec<&Held>> {
        if self.readiness == Readiness::Loading {
            return None;
        }
        let (long, short): (Vec<&Held>, Vec<&Held>) = self
            .held
            .iter()
            .partition(|held| bytes(held) > SEGMENT_BYTES_MAX / 2);
        full_tier(short).or_else(|| {
            let mut long = long.into_iter();
            Some(vec![long.find(|held| is_mostly_dead(held, live))?])
        })
    }
}

fn full_tier(segments: Vec<&Held>) -> Option<Vec<&Held>> {
    let mut tiers: Map<usize, Vec<&Held>> = Map::new();
    for held in segments {
        let tier = tier(held.segment.doc_count());
        tiers.entry(tier).or_default().push(held);
    }
    let mut due = tiers
        .into_values()
        .find(|tier| tier.len() >= TIER_SEGMENTS_MAX)?;
    sort_by_key(&mut due, |held| bytes(held));
    let mut sum = 0;
    due.retain(|held| {
        sum += bytes(held);
        sum <= SEGMENT_BYTES_MAX
    });
    Some(due)
}

fn is_mostly_dead(held: &Held, live: &dyn Fn(DocNumber) -> bool) -> bool {
    let living = held.segment.docs().filter(|doc| live(*doc)).count();
    living * 2 < held.segment.doc_count()
}

fn bytes(held: &Held) -> usize {
    held.segment.as_bytes().len()
}

/// Sizes up to 8 times the size of the tier below count as one size.
fn tier(docs: usize) -> usize {
    (docs.max(1).ilog2() / 3) as usize
}

/// Collects the texts of one transaction into segments.
pub(crate) struct Indexing {
    builder: SegmentBuilder,
    done: Vec<Vec<u8>>,
    next: u32,
}

impl Indexing {
    /// Numbers revisions from `next` on.
    pub(crate) fn from(next: u32) -> Self {
        Self {
            builder: SegmentBuilder::new(),
            done: Vec::new(),
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
        if body.text.len() > SHARED_TEXT_BYTES_MAX {
            self.close();
            self.done.extend(alone(number, body));
            return;
        }
        if self.builder.estimated_bytes() > SEGMENT_BYTES_AIM {
            self.close();
        }
        let _ = self.builder.add(number, &document(body, &body.text));
    }

    fn close(&mut self) {
        if !self.builder.is_empty() {
            self.done.push(core::mem::take(&mut self.builder).finish());
        }
    }

    /// The first number that is free afterwards.
    pub(crate) fn next(&self) -> u32 {
        self.next
    }

    /// The bytes of the segments.
    pub(crate) fn finish(mut self) -> Vec<Vec<u8>> {
        self.close();
        self.done
    }
}

fn document<'a>(body: &'a RecordBody, text: &'a str) -> Document<'a> {
    Document {
        title: &body.title,
        text,
        tags: &body.tags,
    }
}

/// A long text as a segment of its own. If that cannot be sealed, as much of
/// the beginning is found as can.
fn alone(number: DocNumber, body: &RecordBody) -> Option<Vec<u8>> {
    let mut text = body.text.as_str();
    loop {
        let mut builder = SegmentBuilder::new();
        if builder.add(number, &document(body, text)).is_ok() {
            let bytes = builder.finish();
            if bytes.len() <= SEGMENT_BYTES_MAX {
                return Some(bytes);
            }
        }
        let half = text.floor_char_boundary(text.len() / 2);
        if half == 0 {
            return None;
        }
        text = &text[..half];
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
        index.load(Vec::new());
        for n in 1..=8_u8 {
            assert!(index.due_for_merge(&|_| true).is_none());
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
        assert_eq!(index.due_for_merge(&|_| true).unwrap().len(), 8);
        index.remove(&[SegmentId([1; 16])]);
        assert!(index.due_for_merge(&|_| true).is_none());
    }
}
