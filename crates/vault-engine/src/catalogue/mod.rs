//! The catalogue: every record's entry, in memory while the vault is open and
//! in sealed pages on the disk, so that a list of ten thousand notes costs a
//! few large opens instead of ten thousand small ones.
//!
//! ```text
//! page = version u8 (2) ‖ count u32 ‖ entry*
//! ```
//! An entry stays on its page for life; a page is written whole.

mod entry;
mod newest;
mod pages;

pub(crate) use entry::{Entry, Sealed, Touched};
pub(crate) use newest::{NEWEST, open_newest};

use core::cmp::Ordering;
use vault_types::order::sort_by;
use vault_types::{Kind, Map, RecordId, Stamp, limits};

/// What an entry costs on a page beyond its texts, about.
const ENTRY_BYTES: usize = 116;

/// Names a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PageId(pub(crate) u32);

impl PageId {
    /// The key in storage.
    pub(crate) fn key(self) -> String {
        format!("{:08x}", self.0)
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        u32::from_str_radix(key, 16).ok().map(Self)
    }

    /// The object id that the page is sealed under.
    pub(crate) fn object_id(self) -> [u8; 16] {
        let mut id = [0; 16];
        id[12..].copy_from_slice(&self.0.to_be_bytes());
        id
    }
}

/// Place of an entry in memory.
type Slot = usize;

struct Placed {
    entry: Entry,
    page: PageId,
}

/// Every record's entry.
#[derive(Default)]
pub(crate) struct Catalogue {
    placed: Vec<Placed>,
    by_id: Map<RecordId, Slot>,
    /// Which record an index number stands for; `None` once it is superseded.
    by_doc: Vec<Option<Slot>>,
    pages: Map<PageId, Page>,
    order: Order,
}

#[derive(Default)]
struct Page {
    slots: Vec<Slot>,
    bytes: usize,
}

/// Living records, newest change first; made when asked for, kept until the
/// next change.
#[derive(Default)]
struct Order {
    slots: Option<Vec<Slot>>,
}

impl Catalogue {
    /// Makes room for the entries of so many bytes of pages, about.
    fn reserve(&mut self, bytes: usize) {
        let entries = bytes / (2 * ENTRY_BYTES);
        self.placed.reserve(entries);
        self.by_doc.reserve(entries);
    }

    /// Puts an entry in the place of the record's earlier one.
    pub(crate) fn put(&mut self, entry: Entry) {
        let page = self
            .page_of(&entry.id)
            .unwrap_or_else(|| self.page_with_room(&[]));
        self.place(entry, page);
    }

    fn place(&mut self, entry: Entry, page: PageId) {
        self.order.slots = None;
        let free = self.placed.len();
        let slot = *self.by_id.entry(entry.id).or_insert(free);
        if slot == free {
            let listed = self.pages.entry(page).or_default();
            listed.slots.push(slot);
            listed.bytes += size(&entry);
            self.placed.push(Placed { entry, page });
        } else {
            self.forget_doc(slot);
            self.placed[slot].entry = entry;
        }
        self.learn_doc(slot);
    }

    fn forget_doc(&mut self, slot: Slot) {
        let doc = self.placed[slot].entry.doc.0 as usize;
        if let Some(known) = self.by_doc.get_mut(doc) {
            *known = None;
        }
    }

    fn learn_doc(&mut self, slot: Slot) {
        let doc = self.placed[slot].entry.doc.0 as usize;
        if doc == 0 || self.placed[slot].entry.deleted {
            return;
        }
        if doc >= self.by_doc.len() {
            self.by_doc.resize(doc + 1, None);
        }
        self.by_doc[doc] = Some(slot);
    }

    fn page_of(&self, id: &RecordId) -> Option<PageId> {
        self.by_id.get(id).map(|&slot| self.placed[slot].page)
    }

    fn page_with_room(&self, taken: &[(PageId, usize)]) -> PageId {
        let last = self
            .pages
            .last_key_value()
            .map(|(id, page)| (*id, page.bytes));
        let (page, bytes) = match (last, taken.last()) {
            (_, Some(&(page, bytes))) => (page, bytes),
            (Some(last), None) => last,
            (None, None) => return PageId(1),
        };
        if bytes >= limits::PAGE_BYTES {
            PageId(page.0 + 1)
        } else {
            page
        }
    }

    /// A record's entry, deleted ones included.
    pub(crate) fn entry(&self, id: &RecordId) -> Option<&Entry> {
        self.by_id.get(id).map(|&slot| &self.placed[slot].entry)
    }

    /// A living record's entry.
    pub(crate) fn living(&self, id: &RecordId) -> Option<&Entry> {
        self.entry(id).filter(|entry| !entry.deleted)
    }

    /// The living record that an index number stands for.
    pub(crate) fn by_doc(&self, doc: u32) -> Option<&Entry> {
        let slot = (*self.by_doc.get(doc as usize)?)?;
        Some(&self.placed[slot].entry)
    }

    /// Every entry, deleted ones included, in no order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> + Clone {
        self.placed.iter().map(|placed| &placed.entry)
    }

    /// How many entries there are, deleted ones included.
    pub(crate) fn len(&self) -> usize {
        self.placed.len()
    }

    /// The first index number that no entry has.
    pub(crate) fn next_doc(&self) -> u32 {
        self.entries().map(|entry| entry.doc.0).max().unwrap_or(0) + 1
    }

    /// The latest stamp of any entry.
    pub(crate) fn last_stamp(&self) -> Stamp {
        self.entries()
            .map(|entry| entry.stamp)
            .max()
            .unwrap_or_default()
    }

    /// Living records that pass `filter`, newest change first: how many there
    /// are, and those from `offset` on, `limit` at the most.
    pub(crate) fn list(
        &mut self,
        filter: impl Fn(&Entry) -> bool,
        offset: usize,
        limit: usize,
    ) -> (usize, Vec<&Entry>) {
        self.sort();
        let mut total = 0;
        let mut found = Vec::new();
        for &slot in self.order.slots.iter().flatten() {
            let entry = &self.placed[slot].entry;
            if !filter(entry) {
                continue;
            }
            if total >= offset && found.len() < limit {
                found.push(entry);
            }
            total += 1;
        }
        (total, found)
    }

    fn sort(&mut self) {
        if self.order.slots.is_some() {
            return;
        }
        let placed = &self.placed;
        // The time stands beside the slot: nearly every comparison ends there,
        // and none of those has to fetch two entries from memory.
        let mut slots: Vec<(u64, Slot)> = placed
            .iter()
            .enumerate()
            .filter(|(_, placed)| !placed.entry.deleted)
            .map(|(slot, placed)| (placed.entry.updated_ms, slot))
            .collect();
        sort_by(&mut slots, |&(newer, a), &(older, b)| {
            match older.cmp(&newer) {
                Ordering::Equal => placed[a].entry.is_listed_before(&placed[b].entry),
                order => order.is_lt(),
            }
        });
        let slots = slots.into_iter().map(|(_, slot)| slot).collect();
        self.order.slots = Some(slots);
    }
}

/// About how many bytes an entry takes on its page.
fn size(entry: &Entry) -> usize {
    let tags: usize = entry.tags.iter().map(|tag| tag.len() + 1).sum();
    ENTRY_BYTES + entry.title.len() + entry.preview.len() + tags
}

/// Whether an entry is of a kind and has a tag, where those are asked for.
pub(crate) fn matches(entry: &Entry, kind: Option<Kind>, tag: Option<&str>) -> bool {
    kind.is_none_or(|kind| entry.kind == kind)
        && tag.is_none_or(|tag| entry.tags.iter().any(|own| own == tag))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::entry::tests::sample;
    use super::*;

    fn filled(count: u32) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for n in 1..=count {
            catalogue.put(sample(n));
        }
        catalogue
    }

    #[test]
    fn pages_written_ahead_load_as_what_is_put_then() {
        let mut before = filled(700);
        let mut staged: Vec<Entry> = (600..2_000).map(sample).collect();
        for entry in &mut staged {
            entry.title.push_str(" changed");
        }
        let mut stored: Map<PageId, Vec<u8>> = before.pages_with(&[]).into_iter().collect();
        let all: Vec<Entry> = before.entries().cloned().collect();
        stored.extend(before.pages_with(&all));
        stored.extend(before.pages_with(&staged));
        for entry in staged {
            before.put(entry);
        }
        let mut loaded = Catalogue::default();
        for (id, bytes) in stored.iter() {
            loaded.load_page(*id, bytes).unwrap();
        }
        assert_eq!(loaded.placed.len(), before.placed.len());
        for entry in before.entries() {
            assert!(loaded.entry(&entry.id) == Some(entry));
            assert_eq!(loaded.page_of(&entry.id), before.page_of(&entry.id));
        }
        assert!(stored.len() > 3);
    }

    #[test]
    fn a_list_is_newest_first_and_counts_what_it_leaves_out() {
        let mut catalogue = filled(10);
        let (total, found) = catalogue.list(|_| true, 2, 3);
        assert_eq!(total, 10);
        let times: Vec<u64> = found.iter().map(|entry| entry.updated_ms).collect();
        assert_eq!(times, [8, 7, 6]);
    }

    #[test]
    fn a_deleted_record_leaves_list_and_index() {
        let mut catalogue = filled(3);
        let mut entry = sample(2);
        entry.deleted = true;
        catalogue.put(entry);
        assert_eq!(catalogue.list(|_| true, 0, 10).0, 2);
        assert!(catalogue.by_doc(2).is_none());
        assert!(catalogue.living(&sample(2).id).is_none());
        assert!(catalogue.entry(&sample(2).id).is_some());
    }

    #[test]
    fn an_earlier_index_number_stands_for_nothing() {
        let mut catalogue = filled(3);
        let mut entry = sample(2);
        entry.doc = search_index::DocNumber(9);
        catalogue.put(entry);
        assert!(catalogue.by_doc(2).is_none());
        assert!(
            catalogue
                .by_doc(9)
                .is_some_and(|entry| entry.id == sample(2).id)
        );
        assert_eq!(catalogue.next_doc(), 10);
    }

    #[test]
    fn a_page_that_names_a_number_beyond_reason_is_refused() {
        for (number, refused) in [
            (limits::INDEX_NUMBER_MAX, false),
            (limits::INDEX_NUMBER_MAX + 1, true),
            (u32::MAX, true),
        ] {
            let mut entry = sample(1);
            entry.doc = search_index::DocNumber(number);
            let (id, bytes) = Catalogue::default().pages_with(&[entry]).remove(0);
            let loaded = Catalogue::default().load_page(id, &bytes);
            assert_eq!(loaded.is_err(), refused, "{number}");
        }
    }

    #[test]
    fn a_page_cut_anywhere_is_refused() {
        let bytes = filled(3).pages_with(&[sample(1)]).remove(0).1;
        for len in 0..bytes.len() {
            assert!(
                Catalogue::default()
                    .load_page(PageId(1), &bytes[..len])
                    .is_err(),
                "{len}"
            );
        }
    }
}
