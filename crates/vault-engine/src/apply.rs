//! Taking in another device's operations: a verified page of history.
//!
//! Of two revisions of one record of which neither was made from the other,
//! the later stamp stands, on every device alike. The device that wrote the
//! one that lost keeps it as a record of its own, so that no text is lost and
//! exactly one copy is made.

use crate::catalogue::{Entry, Touched};
use crate::import::cut;
use crate::job::{Needs, Outcome};
use crate::open_vault::OpenVault;
use crate::outbox_rows::Unsent;
use crate::stage::Staged;
use crate::write::Writing;
use rand_core::CryptoRng;
use search_index::DocNumber;
use std::collections::{HashMap, HashSet};
use sync_core::{History, VerifiedOp};
use vault_core::{OpBody, RecordBody};
use vault_types::{Code, DeviceId, Op, OpHeader, OpId, RecordId, Stamp, limits};

/// What is appended to the title of the revision that lost.
const COPY_MARK: &str = " (conflict copy)";

/// What the record stands on, while a page is being read.
#[derive(Clone, Copy)]
struct Standing {
    op_id: OpId,
    stamp: Stamp,
    author: DeviceId,
}

impl Standing {
    const fn of(header: &OpHeader) -> Self {
        Self {
            op_id: header.op_id,
            stamp: header.stamp,
            author: header.device_id,
        }
    }

    const fn of_entry(entry: &Entry) -> Self {
        Self {
            op_id: entry.op_id,
            stamp: entry.stamp,
            author: entry.author,
        }
    }

    /// Whether a revision takes this one's place.
    fn yields_to(&self, header: &OpHeader) -> bool {
        let later = (header.stamp, header.device_id) > (self.stamp, self.author);
        header.base == Some(self.op_id) || later
    }
}

/// Operations to be opened before a page can be taken in: local revisions
/// that may turn out to have lost.
pub(crate) fn needs(open: &OpenVault, ops: &[VerifiedOp], device_id: DeviceId) -> Needs {
    ops.iter()
        .filter_map(|op| op.parse().ok())
        .filter_map(|op| {
            let entry = open.catalogue.living(&op.header.record_id)?;
            let apart = op.header.base != Some(entry.op_id);
            (apart && loses_text(entry, &op.header, device_id)).then_some(entry.at)
        })
        .collect()
}

fn loses_text(entry: &Entry, header: &OpHeader, device_id: DeviceId) -> bool {
    entry.author == device_id
        && !entry.deleted
        && header.device_id != device_id
        && Standing::of_entry(entry).yields_to(header)
}

/// A revision that is to stand.
struct Winner {
    bytes: Vec<u8>,
    header: OpHeader,
    body: OpBody,
    lineage: Lineage,
}

/// Whether a revision was made from the one that stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lineage {
    /// From it, or from one that was made from it.
    Descends,
    /// Not that anybody could tell.
    Apart,
}

/// A page of history, as far as it was read.
#[derive(Default)]
struct Page {
    winners: HashMap<RecordId, Winner>,
    /// The records of the winners, in the order of the history.
    order: Vec<RecordId>,
    /// Operations that descend from what stands here.
    descendants: HashSet<OpId>,
    /// Operations of this device that it still holds for unsent.
    arrived: HashSet<OpId>,
}

impl Page {
    /// Takes the next operation. What does not parse or open is of a newer
    /// version or forged: it changes nothing here, whatever its header says,
    /// and the history has its hash.
    fn consider<R: CryptoRng>(&mut self, writing: &mut Writing<'_, R>, op: VerifiedOp) {
        let Ok(Op { header, body }) = op.parse() else {
            return;
        };
        let local = writing.open.catalogue.entry(&header.record_id);
        let local = local.map(Standing::of_entry);
        let earlier = self.winners.get(&header.record_id);
        let stands = earlier.map(|winner| Standing::of(&winner.header)).or(local);
        let wins = stands.is_none_or(|it| it.op_id != header.op_id && it.yields_to(&header));
        let lineage = self.lineage(&header, local);
        let is_unsent = writing.outbox.standing(header.op_id).is_some();
        if !wins && !is_unsent && lineage == Lineage::Apart {
            return;
        }
        let Ok(body) = writing.open.vault.open_op(&Op { header, body }) else {
            return;
        };
        if is_unsent {
            self.arrived.insert(header.op_id);
        }
        if lineage == Lineage::Descends {
            self.descendants.insert(header.op_id);
        }
        if wins {
            writing.open.stamp = writing.open.stamp.max(header.stamp);
            let bytes = op.into_bytes();
            let winner = Winner {
                bytes,
                header,
                body,
                lineage,
            };
            if self.winners.insert(header.record_id, winner).is_none() {
                self.order.push(header.record_id);
            }
        }
    }

    fn lineage(&self, header: &OpHeader, local: Option<Standing>) -> Lineage {
        match header.base {
            Some(base) if local.is_some_and(|local| local.op_id == base) => Lineage::Descends,
            Some(base) if self.descendants.contains(&base) => Lineage::Descends,
            _ => Lineage::Apart,
        }
    }
}

/// Stages a page of history.
pub(crate) fn stage<R: CryptoRng>(
    mut writing: Writing<'_, R>,
    ops: Vec<VerifiedOp>,
    history: History,
) -> Result<Staged, Code> {
    let mut page = Page::default();
    for op in ops {
        page.consider(&mut writing, op);
    }
    let mut changed = Vec::with_capacity(page.order.len());
    for id in page.order {
        if let Some(winner) = page.winners.remove(&id) {
            changed.extend(take_in(&mut writing, winner)?);
        }
    }
    let uploaded = confirm(&mut writing, &page.arrived);
    writing.stage.seen = Some(history.head().into());
    let outcome = Outcome::Applied {
        ids: changed,
        uploaded,
        history,
    };
    Ok(Staged {
        stage: writing.finish()?,
        outcome,
    })
}

/// Own operations that the history shows need not be sent again. Gives their
/// records.
fn confirm<R: CryptoRng>(writing: &mut Writing<'_, R>, arrived: &HashSet<OpId>) -> Vec<RecordId> {
    if arrived.is_empty() {
        return Vec::new();
    }
    let pending = writing.outbox.iter().map(|(pending, _)| pending);
    let confirmed: Vec<Unsent> = pending
        .filter(|pending| arrived.contains(&pending.op_id))
        .cloned()
        .collect();
    let ids = confirmed.iter().map(|unsent| unsent.record_id).collect();
    writing.stage.sent.extend(confirmed);
    ids
}

/// Stages one revision, and the copy of what it displaces. Gives the records
/// that change.
fn take_in<R: CryptoRng>(
    writing: &mut Writing<'_, R>,
    winner: Winner,
) -> Result<Vec<RecordId>, Code> {
    let Winner {
        bytes,
        header,
        body,
        lineage,
    } = winner;
    let before = writing.open.catalogue.entry(&header.record_id).cloned();
    let mut changed = vec![header.record_id];
    let lost = before
        .as_ref()
        .filter(|_| lineage == Lineage::Apart)
        .filter(|before| loses_text(before, &header, writing.author.device_id));
    if let Some(lost) = lost {
        changed.extend(keep_copy(writing, lost, &body)?);
    }
    let at = writing.keep(&bytes);
    let entry = match &body {
        OpBody::Record(body) => {
            let doc: DocNumber = writing.index(body);
            Entry::of(&header, body, at, doc)
        }
        OpBody::Tombstone => Entry::tombstone(&header, at, before.as_ref()),
    };
    // An own revision that lost before it left this device need not leave it:
    // the copy carries its text.
    let folded = before.as_ref().and_then(|before| {
        let unsent = writing.outbox.foldable(before.id)?;
        (unsent.op_id == before.op_id).then(|| unsent.clone())
    });
    writing.replace(folded, entry);
    Ok(changed)
}

/// Keeps what `winner` displaces as a record of its own, unless they say the
/// same.
pub(crate) fn keep_copy<R: CryptoRng>(
    writing: &mut Writing<'_, R>,
    lost: &Entry,
    winner: &OpBody,
) -> Result<Option<RecordId>, Code> {
    let Ok(body) = writing.open.open_at(lost.at) else {
        // Damaged on this disk: there is no text left to keep, and what the
        // other devices hold must still come in.
        return Ok(None);
    };
    if let OpBody::Record(winner) = winner
        && winner.title == body.title
        && winner.text == body.text
        && winner.tags == body.tags
    {
        return Ok(None);
    }
    let mut title = cut(body.title, limits::NOTE_TITLE_BYTES_MAX - COPY_MARK.len());
    title.push_str(COPY_MARK);
    let mut random = [0; 16];
    writing.rng.fill_bytes(&mut random);
    let id = RecordId::from_random(random);
    let copy = RecordBody {
        title,
        source: None,
        conflict_of: Some(lost.op_id),
        ..body
    };
    writing.write(id, copy, Touched::Edited)?;
    Ok(Some(id))
}
