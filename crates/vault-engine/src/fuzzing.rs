//! Doors for the targets under fuzz/, there with `--cfg fuzzing` alone: the
//! parsers of what a device keeps and of what is imported. The engine itself
//! calls the former behind a seal only, where no fuzzer could reach them.
//!
//! Each panics when something that must hold does not.

use crate::catalogue::{Catalogue, PageId};
use crate::command::ImportFile;
use crate::device::Device;
use crate::drafts::Draft;
use crate::import;
use crate::outbox_rows;
use crate::packs::{self, PackId};
use vault_core::RecordBody;

/// A page of the catalogue: what was read is written and read again as it was.
pub fn catalogue_page(bytes: &[u8]) {
    let mut read = Catalogue::default();
    if read.load_page(PageId(1), bytes).is_err() {
        return;
    }
    let entries: Vec<_> = read.entries().cloned().collect();
    let mut again = Catalogue::default();
    for (page, bytes) in read.pages_with(&entries) {
        assert!(again.load_page(page, &bytes).is_ok());
    }
    assert_eq!(again.entries().count(), entries.len());
    for entry in &entries {
        assert!(again.entry(&entry.id) == Some(entry));
        let _ = entry.shown_title();
        let _ = entry.places().count();
    }
}

/// A file that is imported: what is taken over fits a record.
pub fn imported_file(path: &str, bytes: &[u8]) {
    let file = ImportFile {
        path: path.to_owned(),
        bytes: bytes.to_vec(),
        modified_ms: None,
    };
    if let Ok(note) = import::read(file, 1_700_000_000_000) {
        let body = RecordBody {
            kind: note.kind,
            title: note.title,
            text: note.text,
            tags: note.tags,
            created_ms: note.created_ms,
            updated_ms: note.updated_ms,
            source: None,
            conflict_of: None,
        };
        assert_eq!(body.check_limits(), Ok(()));
        assert!(!body.title.is_empty());
    }
}

/// What a device remembers, by the key `meta` holds it under.
pub fn device_row(key: &str, value: &[u8]) {
    let _ = Device::load([(key.to_owned(), value.to_vec())].into());
}

/// What is inside a sealed draft: what was read is written and read again.
pub fn draft(bytes: &[u8]) {
    if let Ok(draft) = Draft::decode(bytes) {
        let written = draft.encode();
        let again = Draft::decode(&written);
        assert!(again.is_ok_and(|again| again.encode() == written));
    }
}

/// A row of the outbox, and a pack: every place that is named lies within.
pub fn packed_operations(bytes: &[u8]) {
    let _ = outbox_rows::decode(PackId(1), bytes);
    let mut end = 0;
    for place in packs::places(PackId(1), bytes) {
        assert!(place.slice(bytes).is_some());
        assert!(place.offset as usize > end || end == 0);
        end = (place.offset + place.len) as usize;
    }
}
