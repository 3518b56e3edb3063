//! What an operation proves about the server, once its body has opened.
//!
//! Two things an honest server never shows. That an author had seen another
//! history than this one: then it shows its devices different things, or has
//! gone back to a backup in between. And an operation that the history holds
//! already, at another place: then it offers something old as new. Either
//! ends the page, and nothing of it is kept.
//!
//! A header alone proves nothing, since a server can make one up; so it is
//! read first, and the body is opened before anybody is accused.

use crate::hashes::{HashPageId, Known};
use crate::open_vault::OpenVault;
use sync_core::{SeenCheck, VerifiedOp, chain, check_seen, op_hash};
use vault_types::{Code, Cursor, OpHeader, Set};

/// How many places behind what its author had seen an operation is looked
/// for. One that was sent later than that, and is shown again, changes
/// nothing either: the record's later revision stands.
const REPLAY_PLACES_MAX: u64 = 4_096;

/// Pages of hashes that a page of history will be held against.
pub(crate) fn needs(open: &OpenVault, ops: &[VerifiedOp]) -> Set<HashPageId> {
    let Some(first) = ops.first().map(|op| op.head().cursor) else {
        return Set::new();
    };
    let mut places = Vec::new();
    for op in ops {
        let Ok(header) = OpHeader::parse(op.as_bytes()) else {
            continue;
        };
        let seen = header.seen.cursor;
        if seen < first {
            places.push(seen);
        }
        let stands = open.catalogue.entry(&header.record_id);
        if stands.is_some_and(|entry| !entry.adrift && entry.stamp >= header.stamp) {
            let end = first.0.min(seen.0.saturating_add(REPLAY_PLACES_MAX));
            places.extend((seen.0..end).map(Cursor));
        }
    }
    open.hashes.missing(places)
}

/// What a header says against the server, if its body opens.
pub(crate) fn accusation(
    known: &Known<'_>,
    op: &VerifiedOp,
    header: &OpHeader,
    comes: Comes,
) -> Option<Code> {
    let at = op.head().cursor;
    let seen = check_seen(at, header.seen, |cursor| known.hash_at(cursor));
    if seen == SeenCheck::Contradicts {
        return Some(Code::HistoryForked);
    }
    (comes == Comes::Late && is_replayed(known, op, header)).then_some(Code::RecordRolledBack)
}

/// Whether an operation takes the place of what stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comes {
    /// It does, or is known to be new.
    New,
    /// What stands is later, or this very operation.
    Late,
}

/// Whether the history holds these bytes at an earlier place.
fn is_replayed(known: &Known<'_>, op: &VerifiedOp, header: &OpHeader) -> bool {
    let hash = op_hash(op.as_bytes());
    let seen = header.seen.cursor.0;
    let end = op
        .head()
        .cursor
        .0
        .min(seen.saturating_add(REPLAY_PLACES_MAX));
    let mut before = known.hash_at(Cursor(seen));
    (seen + 1..end).any(|place| {
        let behind = known.hash_at(Cursor(place));
        let is_it = before.is_some_and(|before| behind == Some(chain(before, hash)));
        before = behind;
        is_it
    })
}
