//! Jobs that nobody asked for: they keep the index whole and small, and let
//! go of what cannot be undone any more.

use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::index::Indexing;
use crate::job::Outcome;
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::stage::{Stage, Staged};
use rand_core::CryptoRng;
use search_index::DocNumber;
use vault_types::Code;

/// Revisions that are indexed again in one transaction.
const REINDEX_DOCS_MAX: usize = 500;

/// Makes one segment of those that are due.
pub(crate) fn merge<R: CryptoRng>(
    open: &OpenVault,
    cx: &mut Context<'_, R>,
) -> Result<Staged, Code> {
    let mut stage = Stage::default();
    if let Some(due) = open.index.due_for_merge() {
        let segments: Vec<_> = due.iter().map(|held| &held.segment).collect();
        let live = |doc: DocNumber| open.catalogue.by_doc(doc.0).is_some();
        let merged = search_index::merge(&segments, &live);
        stage.dropped_segments = due.iter().map(|held| held.id).collect();
        stage.add_segment(open, merged, cx.rng)?;
    }
    Ok(Staged {
        stage,
        outcome: Outcome::Indexed { more: false },
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
    missing.sort_unstable_by_key(|(doc, _)| doc.0);
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
        outcome: Outcome::Indexed { more: false },
    }
}
