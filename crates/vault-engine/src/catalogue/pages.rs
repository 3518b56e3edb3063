//! The catalogue as sealed pages.

use super::{Catalogue, Entry, Page, PageId, size};
use crate::effect::{Change, Rows, Store};
use rand_core::CryptoRng;
use vault_core::UnlockedVault;
use vault_types::{Code, DecodeError, Map, ObjectType, Reader, RecordId, Set, Writer, limits};

/// The version of what is inside a sealed page, as its seal knows it.
const PAGE_FORMAT: u8 = 1;
const PAGE_VERSION: u8 = 2;
/// Entries of one page, so that a damaged count cannot ask for much memory.
const PAGE_ENTRIES_MAX: u32 = 1 << 20;

impl Catalogue {
    /// Opens the catalogue from its sealed pages.
    ///
    /// # Errors
    /// [`Code::Corrupt`] if a page is missing or damaged, or
    /// [`Code::NewerVersion`].
    pub(crate) fn open(vault: &UnlockedVault, pages: &Rows) -> Result<Self, Code> {
        let mut catalogue = Self::default();
        catalogue.reserve(pages.iter().map(|(_, sealed)| sealed.len()).sum());
        for (key, sealed) in pages {
            let page = PageId::from_key(key).ok_or(Code::Corrupt)?;
            let bytes = vault
                .open_object(
                    ObjectType::CataloguePage,
                    &page.object_id(),
                    PAGE_FORMAT,
                    sealed,
                )
                .map_err(|error| match error.code() {
                    Code::NewerVersion => Code::NewerVersion,
                    _ => Code::Corrupt,
                })?;
            catalogue
                .load_page(page, &bytes)
                .map_err(|_| Code::Corrupt)?;
        }
        // Pages are numbered without a gap.
        let last = catalogue.pages.last_key_value().map_or(0, |(id, _)| id.0);
        if last as usize == pages.len() {
            Ok(catalogue)
        } else {
            Err(Code::Corrupt)
        }
    }

    /// Seals pages as changes of a transaction.
    ///
    /// # Errors
    /// [`Code::LimitExceeded`].
    pub(crate) fn seal_pages<R: CryptoRng>(
        &self,
        vault: &UnlockedVault,
        staged: &[Entry],
        rng: &mut R,
    ) -> Result<Vec<Change>, Code> {
        let pages = self.pages_with(staged).into_iter();
        pages
            .map(|(id, page)| {
                let object_id = id.object_id();
                let value = vault
                    .seal_object(
                        ObjectType::CataloguePage,
                        &object_id,
                        PAGE_FORMAT,
                        &page,
                        rng,
                    )
                    .map_err(|error| error.code())?;
                Ok(Change::Put {
                    store: Store::Pages,
                    key: id.key(),
                    value,
                })
            })
            .collect()
    }

    /// Takes in a page as it was stored.
    pub(crate) fn load_page(&mut self, page: PageId, bytes: &[u8]) -> Result<(), DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if !(1..=PAGE_VERSION).contains(&version) {
            return Err(DecodeError::UnknownValue);
        }
        let count = reader.u32()?;
        if count > PAGE_ENTRIES_MAX {
            return Err(DecodeError::TooLong);
        }
        for _ in 0..count {
            let entry = Entry::read(&mut reader, version)?;
            if entry.doc.0 > limits::INDEX_NUMBER_MAX {
                return Err(DecodeError::TooLong);
            }
            self.place(entry, page);
        }
        reader.finish()
    }

    /// The pages as they will be once `staged` has been put, for writing both
    /// in one transaction.
    pub(crate) fn pages_with(&self, staged: &[Entry]) -> Vec<(PageId, Vec<u8>)> {
        let overlay: Map<RecordId, &Entry> = staged.iter().map(|e| (e.id, e)).collect();
        let mut added: Map<PageId, Vec<&Entry>> = Map::new();
        let mut touched = Set::new();
        let mut fill: Vec<(PageId, usize)> = Vec::new();
        for entry in staged {
            if let Some(page) = self.page_of(&entry.id) {
                touched.insert(page);
                continue;
            }
            let page = self.page_with_room(&fill);
            let before = match fill.last() {
                Some(&(last, bytes)) if last == page => bytes,
                _ => self.pages.get(&page).map_or(0, |page| page.bytes),
            };
            fill.push((page, before + size(entry)));
            touched.insert(page);
            added.entry(page).or_default().push(entry);
        }
        touched
            .into_iter()
            .map(|id| {
                let empty = Vec::new();
                let added = added.get(&id).unwrap_or(&empty);
                (id, self.encode_page(id, &overlay, added))
            })
            .collect()
    }

    fn encode_page(
        &self,
        id: PageId,
        overlay: &Map<RecordId, &Entry>,
        added: &[&Entry],
    ) -> Vec<u8> {
        let empty = Page::default();
        let page = self.pages.get(&id).unwrap_or(&empty);
        let mut writer = Writer::with_capacity(limits::PAGE_BYTES + limits::PAGE_BYTES / 4);
        let count = page.slots.len() + added.len();
        writer
            .u8(PAGE_VERSION)
            .u32(u32::try_from(count).unwrap_or(u32::MAX));
        for &slot in &page.slots {
            let stored = &self.placed[slot].entry;
            overlay
                .get(&stored.id)
                .copied()
                .unwrap_or(stored)
                .write(&mut writer);
        }
        for entry in added {
            entry.write(&mut writer);
        }
        writer.finish()
    }
}
