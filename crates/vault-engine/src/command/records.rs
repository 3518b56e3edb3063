//! Records, lists and hits, as an application is told.

use vault_types::{Kind, OpId, RecordId, fields, names, variants};

/// How safe a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Sealed on this device's disk.
    OnDevice,
    /// The server has it too.
    OnServer,
}

names!(Durability { OnDevice = "on_device", OnServer = "on_server" });

/// What a list shows of a record.
#[derive(Debug, Clone)]
pub struct ListItem {
    /// The record.
    pub id: RecordId,
    /// The revision that stands.
    pub revision: OpId,
    /// What it is.
    pub kind: Kind,
    /// Its title, never empty: falls back to the text's beginning.
    pub title: String,
    /// The first words of its text.
    pub preview: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was made, Unix milliseconds.
    pub created_ms: f64,
    /// When it was last changed, Unix milliseconds.
    pub updated_ms: f64,
    /// How safe it is.
    pub durability: Durability,
    /// Whether it keeps the losing side of two edits.
    pub conflict_copy: bool,
}

fields!(write ListItem {
    id,
    revision,
    kind,
    title,
    preview,
    tags,
    created_ms,
    updated_ms,
    durability,
    conflict_copy,
});

/// A record whole.
pub struct RecordView {
    /// What a list shows of it; the title here may be empty.
    pub item: ListItem,
    /// Its text, Markdown.
    pub text: String,
}

fields!(write RecordView { item: flat, text });

/// A stretch of the list.
pub struct ListPage {
    /// How many there are in all.
    pub total: u32,
    /// How many were passed over.
    pub offset: u32,
    /// The stretch.
    pub items: Vec<ListItem>,
}

fields!(write ListPage { total, offset, items });

/// A text with places to mark, in UTF-16 code units.
#[derive(Debug, Clone, Default)]
pub struct MarkedText {
    /// The text.
    pub text: String,
    /// Start and end of each place.
    pub highlights: Vec<(u32, u32)>,
}

fields!(write MarkedText { text, highlights });

/// One hit of a search.
pub struct SearchHit {
    /// What a list shows of the record.
    pub item: ListItem,
    /// Its rank: higher is better.
    pub score: f32,
    /// Its title with the hits marked.
    pub marked_title: MarkedText,
    /// The best place of its text.
    pub snippet: MarkedText,
}

fields!(write SearchHit { item: flat, score, marked_title, snippet });

/// What a search found.
pub struct SearchPage {
    /// How many records match in all.
    pub total: u32,
    /// The best of them, best first.
    pub hits: Vec<SearchHit>,
}

fields!(write SearchPage { total, hits });

/// What became of one file.
#[derive(Debug, Clone)]
pub enum ImportOutcome {
    /// A new record.
    Added {
        /// The record.
        id: RecordId,
    },
    /// A new revision of the record that the same file made before.
    Updated {
        /// The record.
        id: RecordId,
    },
    /// The same file is in the vault already.
    Unchanged {
        /// The record.
        id: RecordId,
    },
    /// Not taken over.
    Skipped {
        /// The stable code of the reason.
        code: &'static str,
        /// The reason for a person.
        reason: &'static str,
    },
}

variants!(write ImportOutcome by "outcome" {
    Added = "added" { id },
    Updated = "updated" { id },
    Unchanged = "unchanged" { id },
    Skipped = "skipped" { code, reason },
});
