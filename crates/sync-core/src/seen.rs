//! What the author of an operation had seen, held against what this device has
//! verified.
//!
//! Every operation says, under its seal, up to which place its author knew the
//! history and with which hash. So whoever opens it learns what the server
//! showed to another device. A server that shows two devices different
//! histories, or goes back to an earlier one, is caught by the first
//! operation that crosses from the one to the other.

use vault_types::{Cursor, HistoryHash, Seen};

/// How far an author's view of the history agrees with the verified one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenCheck {
    /// The author had seen the same history.
    Agrees,
    /// This device does not know the hash at that place any more, or never
    /// did.
    Unknown,
    /// The author had seen another history: the server shows different
    /// devices different things, or was restored from a backup meanwhile.
    /// Trust this only of an operation whose body opens.
    Contradicts,
}

/// Compares what the author of the operation at `at` had seen with the hashes
/// that this device has verified. An author cannot have seen the place of
/// their own operation: whoever had, knew a history that was longer than this
/// one when the operation came into it.
#[must_use]
pub fn check_seen(
    at: Cursor,
    seen: Seen,
    hash_at: impl FnOnce(Cursor) -> Option<HistoryHash>,
) -> SeenCheck {
    if seen.cursor >= at {
        return SeenCheck::Contradicts;
    }
    let held = match seen.cursor {
        Cursor(0) => Some(HistoryHash::START),
        cursor => hash_at(cursor),
    };
    match held {
        Some(hash) if hash == seen.hash => SeenCheck::Agrees,
        Some(_) => SeenCheck::Contradicts,
        None => SeenCheck::Unknown,
    }
}
