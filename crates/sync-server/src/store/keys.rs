//! Devices that are managed, and keys for programs, in the words of the store.

use crate::token::TokenHash;
use vault_types::{AccountId, DeviceId};

/// One device of an account, or one of its keys for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Whose it is.
    pub account_id: AccountId,
    /// The device; a key has a device id of its own.
    pub device_id: DeviceId,
}

/// Whether something that was named is there, and so was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It was, or it was so already.
    Done,
    /// The account has nothing of that id.
    Unknown,
}

/// A key for programs, to be kept.
#[derive(Debug, Clone)]
pub struct AddApiKey {
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// Whose it is, and the device id under which it writes.
    pub member: Member,
    /// Its owner's name for it.
    pub name: String,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// Whether a key was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyAdded {
    /// It was.
    Added,
    /// The account has too many.
    TooMany,
}

/// A key for programs, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// The device id under which it writes.
    pub device_id: DeviceId,
    /// Its owner's name for it.
    pub name: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// When it was last used, to the minute, Unix milliseconds.
    pub last_used_ms: Option<u64>,
}

/// Whose a key is, as its token shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyFound {
    /// Whose it is, and the device id under which it writes.
    pub member: Member,
    /// When it was last used, to the minute, Unix milliseconds.
    pub last_used_ms: Option<u64>,
}
