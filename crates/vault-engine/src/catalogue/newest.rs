//! The newest rows of each section, sealed apart from the pages: an unlock
//! shows them while it opens the rest.
//!
//! ```text
//! newest  = version u8 (1) ‖ section*                one for each kind
//! section = kind u8 ‖ living entries u32 ‖ count u8 ‖ entry*
//! ```
//! In `meta`, written with every page, so that both tell of one state. It is
//! for the eyes only: nothing is decided by it.

use super::{Catalogue, Entry};
use crate::effect::{Change, Store};
use rand_core::CryptoRng;
use vault_core::UnlockedVault;
use vault_types::{Code, DecodeError, Kind, Map, ObjectType, Reader, RecordId, Writer};

/// Where it lies in `meta`.
pub(crate) const NEWEST: &str = "newest";
/// Rows of a section: as many as a tall screen shows before anyone scrolls.
const ROWS: usize = 32;
const FORMAT: u8 = 1;
const VERSION: u8 = 1;
/// The version of the entries, as on a page.
const ENTRY_VERSION: u8 = 2;
/// Sealed as a page is, under an id that no page has.
const OBJECT_ID: [u8; 16] = [0xff; 16];

/// The newest rows of a section.
pub(crate) struct NewestOf {
    pub(crate) kind: Kind,
    /// How many rows the section has in all.
    pub(crate) total: u32,
    /// Newest change first.
    pub(crate) entries: Vec<Entry>,
}

impl Catalogue {
    /// The change that keeps the newest rows as they will be once `staged` has
    /// been put.
    ///
    /// # Errors
    /// [`Code::LimitExceeded`].
    pub(crate) fn seal_newest<R: CryptoRng>(
        &self,
        vault: &UnlockedVault,
        staged: &[Entry],
        rng: &mut R,
    ) -> Result<Change, Code> {
        let content = self.encode_newest(staged);
        let object = ObjectType::CataloguePage;
        let value = vault
            .seal_object(object, &OBJECT_ID, FORMAT, &content, rng)
            .map_err(|error| error.code())?;
        Ok(Change::Put {
            store: Store::Meta,
            key: NEWEST.to_owned(),
            value,
        })
    }

    fn encode_newest(&self, staged: &[Entry]) -> Vec<u8> {
        let overlay: Map<RecordId, &Entry> = staged.iter().map(|e| (e.id, e)).collect();
        let mut sections = Kind::ALL.map(|kind| (kind, 0_u32, Vec::with_capacity(ROWS + 1)));
        let standing = self
            .entries()
            .filter(|entry| !overlay.contains_key(&entry.id));
        for entry in standing.chain(overlay.values().copied()) {
            let of_kind = sections.iter_mut().find(|(kind, ..)| *kind == entry.kind);
            if let (false, Some((_, total, rows))) = (entry.deleted, of_kind) {
                *total += 1;
                insert(rows, entry);
            }
        }
        let mut writer = Writer::new();
        writer.u8(VERSION);
        for (kind, total, rows) in sections {
            writer.u8(kind.number()).u32(total).u8(rows.len() as u8);
            for entry in rows {
                entry.write(&mut writer);
            }
        }
        writer.finish()
    }
}

/// Puts an entry where it belongs, if it is among the newest.
fn insert<'a>(rows: &mut Vec<&'a Entry>, entry: &'a Entry) {
    if let (ROWS, Some(last)) = (rows.len(), rows.last())
        && !entry.is_listed_before(last)
    {
        return;
    }
    let place = rows.partition_point(|row| row.is_listed_before(entry));
    rows.insert(place, entry);
    rows.truncate(ROWS);
}

/// Opens the newest rows; `None` if they are damaged, which harms nobody.
pub(crate) fn open_newest(vault: &UnlockedVault, sealed: &[u8]) -> Option<Vec<NewestOf>> {
    let object = ObjectType::CataloguePage;
    let content = vault.open_object(object, &OBJECT_ID, FORMAT, sealed).ok()?;
    read(&content).ok()
}

fn read(content: &[u8]) -> Result<Vec<NewestOf>, DecodeError> {
    let mut reader = Reader::new(content);
    if reader.u8()? != VERSION {
        return Err(DecodeError::UnknownValue);
    }
    let mut sections = Vec::new();
    for _ in Kind::ALL {
        let kind = Kind::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
        let total = reader.u32()?;
        let count = reader.u8()?;
        let entries = (0..count)
            .map(|_| Entry::read(&mut reader, ENTRY_VERSION))
            .collect::<Result<_, _>>()?;
        sections.push(NewestOf {
            kind,
            total,
            entries,
        });
    }
    reader.finish()?;
    Ok(sections)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::entry::tests::sample;
    use super::*;
    use proptest::prelude::*;

    fn changed(n: u32, updated_ms: u64, kind: Kind, deleted: bool) -> Entry {
        Entry {
            kind,
            updated_ms,
            deleted,
            ..sample(n)
        }
    }

    /// Number, time of change, kind and whether it is deleted.
    type Sketch = (u32, u64, Kind, bool);

    fn sketch() -> impl Strategy<Value = Sketch> {
        let kind = prop::sample::select(Kind::ALL.to_vec());
        (0..90_u32, 0..40_u64, kind, prop::bool::weighted(0.2))
    }

    fn drawn(sketches: Vec<Sketch>) -> Vec<Entry> {
        let draw = |(n, at, kind, deleted)| changed(n, at, kind, deleted);
        sketches.into_iter().map(draw).collect()
    }

    proptest! {
        #[test]
        fn they_are_the_top_of_the_list_as_it_will_be(
            before in prop::collection::vec(sketch(), 0..120),
            staged in prop::collection::vec(sketch(), 0..60),
        ) {
            let mut catalogue = Catalogue::default();
            drawn(before).into_iter().for_each(|entry| catalogue.put(entry));
            let staged = drawn(staged);
            let sections = read(&catalogue.encode_newest(&staged)).unwrap();
            staged.into_iter().for_each(|entry| catalogue.put(entry));
            for NewestOf { kind, total, entries } in sections {
                let (all, found) = catalogue.list(|entry| entry.kind == kind, 0, ROWS);
                prop_assert_eq!(total as usize, all);
                prop_assert!(found.into_iter().eq(&entries));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }

    #[test]
    fn no_page_is_sealed_under_their_id() {
        assert_ne!(super::super::PageId(u32::MAX).object_id(), OBJECT_ID);
    }
}
