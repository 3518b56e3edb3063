//! Jobs that nobody asked for: they keep the index whole and small, and let
//! go of what cannot be undone any more.

use crate::catalogue::{Catalogue, Entry};
use crate::context::Context;
use crate::index::Indexing;
use crate::job::Outcome;
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::stage::{Stage, Staged};
use crate::write::Writing;
use rand_core::CryptoRng;
use search_index::DocNumber;
use sync_core::Outbox;
use vault_types::order::sort_by_key;
use vault_types::{Code, Stamp, limits};

/// Revisions that are indexed again in one transaction.
const REINDEX_DOCS_MAX: usize = 500;

/// Makes one segment of those that are due.
pub(crate) fn merge<R: CryptoRng>(
    open: &OpenVault,
    cx: &mut Context<'_, R>,
) -> Result<Staged, Code> {
    let mut stage = Stage::default();
    let live = |doc: DocNumber| open.catalogue.by_doc(doc.0).is_some();
    if let Some(due) = open.index.due_for_merge(&live) {
        let segments: Vec<_> = due.iter().map(|held| &held.segment).collect();
        stage.dropped_segments = due.iter().map(|held| held.id).collect();
        if segments.iter().flat_map(|segment| segment.docs()).any(live) {
            let merged = search_index::merge(&segments, &live);
            stage.add_segment(open, merged, cx.rng)?;
        }
    }
    Ok(Staged {
        stage,
        outcome: Outcome::Tidied,
    })
}

/// Living revisions that no segment holds, in the order of their numbers.
pub(crate) fn unindexed(open: &OpenVault) -> Vec<(DocNumber, Location)> {
    let held = open.index.docs();
    let mut missing: Vec<_> = open
        .catalogue
        .entries()
        .filter(|entry| !entry.deleted && !held.contains(&entry.doc))
        .map(|entry| (entry.doc, entry.at))
        .collect();
    sort_by_key(&mut missing, |(doc, _)| doc.0);
    missing.truncate(REINDEX_DOCS_MAX);
    missing
}

/// Indexes what no segment holds, and drops segments that did not open.
pub(crate) fn reindex<R: CryptoRng>(
    open: &mut OpenVault,
    cx: &mut Context<'_, R>,
) -> Result<Staged, Code> {
    let missing = unindexed(open);
    let more = missing.len() == REINDEX_DOCS_MAX;
    let mut indexing = Indexing::from(open.next_doc);
    let mut opened = 0;
    for (doc, at) in missing {
        if let Ok(body) = open.open_at(at) {
            indexing.add_as(doc, &body);
            opened += 1;
        }
    }
    let mut stage = Stage {
        dropped_segments: open.index.damaged().to_vec(),
        segments_on_disk: open.index.disk,
        ..Stage::default()
    };
    for segment in indexing.finish() {
        stage.add_segment(open, segment, cx.rng)?;
    }
    // What cannot be opened is not tried for ever.
    Ok(Staged {
        stage,
        outcome: Outcome::Indexed {
            more: more && opened > 0,
        },
    })
}

/// Lets go of what was deleted before this unlock: Undo has passed.
pub(crate) fn forget_deleted(catalogue: &Catalogue) -> Staged {
    let mut stage = Stage::default();
    for entry in catalogue.entries() {
        if entry.before_delete.is_some() {
            let mut entry = entry.clone();
            entry.before_delete = None;
            stage.entries.push(entry);
        }
    }
    Staged {
        stage,
        outcome: Outcome::Tidied,
    }
}

/// What was written here while this device's clock was far ahead, cannot have
/// reached the server, and is ahead of the clock as it goes now.
pub(crate) fn ahead(open: &OpenVault, outbox: &Outbox<Location>, now_ms: u64) -> Vec<Entry> {
    let entries = open.catalogue.entries();
    entries
        .filter(|entry| is_ahead(entry.stamp, now_ms))
        .filter(|entry| {
            let unsent = outbox.foldable(entry.id);
            unsent.is_some_and(|unsent| unsent.op_id == entry.op_id)
        })
        .cloned()
        .collect()
}

const fn is_ahead(stamp: Stamp, now_ms: u64) -> bool {
    stamp.ahead_of_ms(now_ms) > limits::STAMP_AHEAD_MS_MAX
}

impl<R: CryptoRng> Writing<'_, R> {
    /// Writes such revisions again, as of now. Otherwise the server would
    /// refuse them until its clock has come to where this one was.
    pub(crate) fn restamp(mut self) -> Result<Staged, Code> {
        let now_ms = self.author.now_ms;
        let ahead = ahead(self.open, self.outbox, now_ms);
        let stamps = self.open.catalogue.entries().map(|entry| entry.stamp);
        let sane = stamps.filter(|stamp| !is_ahead(*stamp, now_ms)).max();
        if !ahead.is_empty() {
            // What lost to the stamps that go stands nowhere here, and must
            // not win over the new ones elsewhere.
            self.open.stamp = sane.unwrap_or_default().max(self.open.latest);
        }
        for entry in ahead {
            if entry.deleted {
                self.remove(&entry, entry.before_delete)?;
            } else if let Ok(mut body) = self.open.open_at(entry.at) {
                body.updated_ms = body.updated_ms.min(now_ms);
                body.created_ms = body.created_ms.min(now_ms);
                self.write(entry.id, body, entry.touched)?;
            }
        }
        Ok(Staged {
            stage: self.finish()?,
            outcome: Outcome::Tidied,
        })
    }
}
