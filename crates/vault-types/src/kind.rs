//! What a record is, who may read it, and what a sealed object holds.

use serde::{Deserialize, Serialize};

/// What a record is to the person who wrote it.
///
/// Of a private record the kind is sealed with its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Kind {
    /// A passing thought.
    Idea = 1,
    /// Something to look up again.
    Infobase = 2,
    /// What a day was like.
    Journal = 3,
}

impl Kind {
    /// Every kind, in the order in which the application shows them.
    pub const ALL: [Self; 3] = [Self::Idea, Self::Infobase, Self::Journal];

    /// The kind's number in byte formats.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind with that number, if this version knows one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Idea),
            2 => Some(Self::Infobase),
            3 => Some(Self::Journal),
            _ => None,
        }
    }

    /// The kind's name in queries and programming interfaces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idea => "idea",
            Self::Infobase => "infobase",
            Self::Journal => "journal",
        }
    }

    /// The kind with that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Who may read a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivacyMode {
    /// Only devices that hold the vault key.
    Private,
    /// The server too.
    Standard,
}

/// What a sealed object holds. Part of the associated data of every seal, so
/// that no object opens in the place of one of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ObjectType {
    /// The body of an operation on a record.
    Op = 1,
    /// Typing that was not saved yet.
    Draft = 2,
    /// A page of the catalogue of titles, dates and tags.
    CataloguePage = 3,
    /// A segment of the search index.
    IndexSegment = 4,
    /// What a device remembers about itself.
    LocalState = 5,
    /// History hashes that a device keeps to hold others' words against.
    HistoryPage = 6,
    /// What a device vouches for of the vault's history.
    Checkpoint = 7,
}

impl ObjectType {
    /// Every type, for tests that try each in the place of each other.
    pub const ALL: [Self; 7] = [
        Self::Op,
        Self::Draft,
        Self::CataloguePage,
        Self::IndexSegment,
        Self::LocalState,
        Self::HistoryPage,
        Self::Checkpoint,
    ];

    /// The type's number in byte formats.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}
