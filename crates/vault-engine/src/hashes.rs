//! The hashes of the history that this device has followed, so that what
//! other devices say they had seen can be held against them long after.
//!
//! Pages of 128 places each lie sealed on the disk and are read when somebody
//! refers to them; the last one stays in memory, since each operation adds to
//! it. A page that is missing or damaged accuses nobody: what it held is
//! unknown from then on.
//!
//! ```text
//! page = version u8 (1) ‖ first cursor u64 ‖ count u16 ‖ hash 32 *
//! ```
//! Page p holds places p × 128 + 1 to p × 128 + 128, or the last of them,
//! where this device began to keep them in the middle.

use crate::effect::{Change, Query, Rows, Store};
use rand_core::CryptoRng;
use sync_core::{Head, VerifiedOp};
use vault_core::UnlockedVault;
use vault_types::{
    Code, Cursor, DecodeError, HistoryHash, Map, ObjectType, Reader, Seen, Set, Writer,
};

const VERSION: u8 = 1;
/// The version of what is inside a sealed page, as its seal knows it.
const PAGE_FORMAT: u8 = 1;
/// Places of one page: 4 KiB, which one more operation writes anew.
const PER_PAGE: u64 = 128;
/// Pages in memory beside those that a job has just asked for.
const CACHED_PAGES_MAX: usize = 64;

/// Names a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HashPageId(u32);

impl HashPageId {
    /// The page with a place; `None` for the place before the first, and
    /// beyond what pages can count.
    fn of(cursor: Cursor) -> Option<Self> {
        let before = cursor.0.checked_sub(1)?;
        u32::try_from(before / PER_PAGE).ok().map(Self)
    }

    fn key(self) -> String {
        format!("{:08x}", self.0)
    }

    fn from_key(key: &str) -> Option<Self> {
        u32::from_str_radix(key, 16).ok().map(Self)
    }

    fn object_id(self) -> [u8; 16] {
        let mut id = [0; 16];
        id[12..].copy_from_slice(&self.0.to_be_bytes());
        id
    }
}

/// The hashes of successive places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct HashPage {
    first: u64,
    hashes: Vec<HistoryHash>,
}

impl HashPage {
    fn hash_at(&self, cursor: Cursor) -> Option<HistoryHash> {
        let at = usize::try_from(cursor.0.checked_sub(self.first)?).ok()?;
        self.hashes.get(at).copied()
    }

    /// Adds the next place; what does not follow begins the page anew.
    fn push(&mut self, head: Head) {
        if self.hashes.is_empty() || self.first + self.hashes.len() as u64 != head.cursor.0 {
            self.first = head.cursor.0;
            self.hashes.clear();
        }
        self.hashes.push(head.hash);
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(11 + 32 * self.hashes.len());
        writer
            .u8(VERSION)
            .u64(self.first)
            .u16(self.hashes.len() as u16);
        for hash in &self.hashes {
            writer.raw(hash.as_bytes());
        }
        writer.finish()
    }

    fn parse(id: HashPageId, bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return Err(DecodeError::UnknownValue);
        }
        let first = reader.u64()?;
        let count = u64::from(reader.u16()?);
        let ends = (first, first.saturating_add(count.saturating_sub(1)));
        if count == 0 || [ends.0, ends.1].map(|at| HashPageId::of(Cursor(at))) != [Some(id); 2] {
            return Err(DecodeError::UnknownValue);
        }
        let hashes = (0..count)
            .map(|_| Ok(HistoryHash::from_bytes(reader.array()?)))
            .collect::<Result<_, DecodeError>>()?;
        reader.finish()?;
        Ok(Self { first, hashes })
    }
}

/// The hashes of the verified history, as far as they are in memory.
#[derive(Default)]
pub(crate) struct Hashes {
    /// Pages as they are on the disk. One that was looked for and is not
    /// there is empty.
    pages: Map<HashPageId, HashPage>,
    /// The page that the next place goes to.
    last: Option<HashPageId>,
}

impl Hashes {
    /// The query that reads the page to which the next places will be added.
    pub(crate) fn last_query(seen: Seen) -> Query {
        let page = HashPageId::of(seen.cursor);
        Query::Keys {
            store: Store::History,
            keys: page.map(HashPageId::key).into_iter().collect(),
        }
    }

    /// Takes in that page, unless it ends elsewhere than where this device
    /// has followed the history to.
    pub(crate) fn load_last(&mut self, vault: &UnlockedVault, rows: &Rows, seen: Seen) {
        self.last = HashPageId::of(seen.cursor);
        self.load(vault, self.last.into_iter().collect(), rows);
        let Some(id) = self.last else { return };
        let page = self.pages.entry(id).or_default();
        if page.hash_at(seen.cursor) != Some(seen.hash)
            || page.hash_at(seen.cursor.next()).is_some()
        {
            *page = HashPage::default();
            page.push(seen.into());
        }
    }

    /// Takes in pages that were asked for.
    pub(crate) fn load(&mut self, vault: &UnlockedVault, asked: Set<HashPageId>, rows: &Rows) {
        for id in asked.iter() {
            self.pages.entry(*id).or_default();
        }
        for (key, sealed) in rows {
            let page = HashPageId::from_key(key).and_then(|id| {
                let object_id = id.object_id();
                let opened =
                    vault.open_object(ObjectType::HistoryPage, &object_id, PAGE_FORMAT, sealed);
                Some((id, HashPage::parse(id, &opened.ok()?).ok()?))
            });
            if let Some((id, page)) = page {
                self.pages.insert(id, page);
            }
        }
    }

    /// The hash behind a place, if it is known and in memory.
    pub(crate) fn hash_at(&self, cursor: Cursor) -> Option<HistoryHash> {
        if cursor == Cursor(0) {
            return Some(HistoryHash::START);
        }
        self.pages.get(&HashPageId::of(cursor)?)?.hash_at(cursor)
    }

    /// The pages with these places that are not in memory.
    pub(crate) fn missing(&self, places: impl IntoIterator<Item = Cursor>) -> Set<HashPageId> {
        places
            .into_iter()
            .filter_map(HashPageId::of)
            .filter(|id| !self.pages.contains_key(id))
            .collect()
    }

    /// The query that reads pages.
    pub(crate) fn query(pages: &Set<HashPageId>) -> Query {
        Query::Keys {
            store: Store::History,
            keys: pages.iter().map(|id| id.key()).collect(),
        }
    }

    /// The pages as they will be with these places added, sealed.
    ///
    /// # Errors
    /// [`Code::LimitExceeded`].
    pub(crate) fn changes<R: CryptoRng>(
        &self,
        vault: &UnlockedVault,
        added: &[Head],
        rng: &mut R,
    ) -> Result<Vec<Change>, Code> {
        let pages = self.with(added).into_iter();
        pages
            .map(|(id, page)| {
                let (object_id, bytes) = (id.object_id(), page.encode());
                let sealed = vault.seal_object(
                    ObjectType::HistoryPage,
                    &object_id,
                    PAGE_FORMAT,
                    &bytes,
                    rng,
                );
                Ok(Change::Put {
                    store: Store::History,
                    key: id.key(),
                    value: sealed.map_err(|error| error.code())?,
                })
            })
            .collect()
    }

    /// Adds places that are on the disk now.
    pub(crate) fn add(&mut self, added: &[Head]) {
        for (id, page) in self.with(added) {
            self.last = self.last.max(Some(id));
            self.pages.insert(id, page);
        }
        if self.pages.len() > CACHED_PAGES_MAX {
            let last = self.last;
            self.pages.retain(|id, _| Some(*id) == last);
        }
    }

    /// The pages that places go to, with them.
    fn with(&self, added: &[Head]) -> Map<HashPageId, HashPage> {
        let mut pages: Map<HashPageId, HashPage> = Map::new();
        for head in added {
            if let Some(id) = HashPageId::of(head.cursor) {
                let page = pages.entry(id);
                let page = page.or_insert_with(|| self.pages.get(&id).cloned().unwrap_or_default());
                page.push(*head);
            }
        }
        pages
    }
}

/// The hashes that a page of history is held against: those kept, and those
/// of the page itself.
pub(crate) struct Known<'a> {
    pub(crate) kept: &'a Hashes,
    /// The page's places, without a gap.
    pub(crate) page: &'a [Head],
}

impl Known<'_> {
    pub(crate) fn hash_at(&self, cursor: Cursor) -> Option<HistoryHash> {
        let first = self
            .page
            .first()
            .map_or(Cursor(u64::MAX), |head| head.cursor);
        match cursor.0.checked_sub(first.0) {
            Some(at) => self.page.get(at as usize).map(|head| head.hash),
            None => self.kept.hash_at(cursor),
        }
    }
}

/// The places of verified operations.
pub(crate) fn heads(ops: &[VerifiedOp]) -> Vec<Head> {
    ops.iter().map(VerifiedOp::head).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn head(cursor: u64) -> Head {
        let mut hash = [7; 32];
        hash[..8].copy_from_slice(&cursor.to_be_bytes());
        Head {
            cursor: Cursor(cursor),
            hash: HistoryHash::from_bytes(hash),
        }
    }

    fn heads(range: core::ops::RangeInclusive<u64>) -> Vec<Head> {
        range.map(head).collect()
    }

    #[test]
    fn places_are_found_in_pages_that_were_filled_in_steps() {
        let mut hashes = Hashes::default();
        for end in (0..1_000_u64).step_by(37) {
            hashes.add(&heads(end + 1..=end + 37));
        }
        for cursor in 1..=999 {
            assert_eq!(hashes.hash_at(Cursor(cursor)), Some(head(cursor).hash));
        }
        assert_eq!(hashes.hash_at(Cursor(0)), Some(HistoryHash::START));
        assert_eq!(hashes.hash_at(Cursor(5_000)), None);
        assert_eq!(hashes.hash_at(Cursor(u64::MAX)), None);
        let missing = hashes.missing([Cursor(1), Cursor(5_000), Cursor(0), Cursor(u64::MAX)]);
        assert_eq!(missing.len(), 1);
    }

    #[test]
    fn a_page_begun_in_the_middle_knows_nothing_of_before() {
        let mut hashes = Hashes::default();
        hashes.add(&heads(60..=70));
        assert_eq!(hashes.hash_at(Cursor(59)), None);
        assert_eq!(hashes.hash_at(Cursor(60)), Some(head(60).hash));
        // What does not follow takes its place.
        hashes.add(&heads(80..=81));
        assert_eq!(hashes.hash_at(Cursor(70)), None);
        assert_eq!(hashes.hash_at(Cursor(81)), Some(head(81).hash));
    }

    #[test]
    fn memory_keeps_the_last_page_and_a_bounded_number_of_others() {
        let mut hashes = Hashes::default();
        for page in 0..200 {
            let first = page * PER_PAGE + 1;
            hashes.add(&heads(first..=first + PER_PAGE - 1));
            assert!(hashes.pages.len() <= CACHED_PAGES_MAX);
        }
        assert!(hashes.hash_at(Cursor(200 * PER_PAGE)).is_some());
    }

    #[test]
    fn pages_round_trip_and_a_cut_or_misplaced_one_is_refused() {
        let mut page = HashPage::default();
        heads(130..=256)
            .into_iter()
            .for_each(|head| page.push(head));
        let bytes = page.encode();
        assert_eq!(HashPage::parse(HashPageId(1), &bytes), Ok(page));
        for id in [0, 2, u32::MAX] {
            assert!(HashPage::parse(HashPageId(id), &bytes).is_err());
        }
        for len in 0..bytes.len() {
            assert!(HashPage::parse(HashPageId(1), &bytes[..len]).is_err());
        }
    }
}
