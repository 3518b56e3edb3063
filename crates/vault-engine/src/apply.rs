//! Taking in another device's operations: a verified page of history.
//!
//! Of two revisions of one record of which neither was made from the other,
//! the later stamp stands, on every device alike. The device that wrote the
//! one that lost keeps it as a record of its own, so that no text is lost and
//! exactly one copy is made.

use crate::catalogue::Entry;
use crate::conflict::{keep_copy, loses_text};
use crate::hashes::{self, Known};
use crate::job::{Needs, Outcome};
use crate::open_vault::OpenVault;
use crate::outbox_rows::Unsent;
use crate::proof::{self, Comes};
use crate::stage::Staged;
use crate::standing::Standing;
use crate::write::Writing;
use rand_core::CryptoRng;
use search_index::DocNumber;
use sync_core::{Head, History, VerifiedOp};
use vault_core::{OpBody, UnlockedVault};
use vault_types::{Code, DeviceId, Map, Op, OpHeader, OpId, RecordId, Set};

/// Operations to be opened before a page can be taken in: local revisions
/// that may turn out to have lost.
pub(crate) fn needs(open: &OpenVault, ops: &[VerifiedOp], device_id: DeviceId) -> Needs {
    ops.iter()
        .filter_map(|op| op.parse().ok())
        .filter_map(|op| {
            let entry = open.catalogue.living(&op.header.record_id)?;
            let apart = op.header.base.is_none_or(|base| !entry.is_or_says(base));
            (apart && loses_text(entry, &op.header, device_id)).then_some(entry.at)
        })
        .collect()
}

/// A revision that is to stand.
struct Winner {
    bytes: Vec<u8>,
    header: OpHeader,
    body: OpBody,
    lineage: Lineage,
    standing: Standing,
    /// Whether it says what stands here already.
    says: Says,
}

/// Whether a revision was made from the one that stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lineage {
    /// From it, or from one that was made from it.
    Descends,
    /// Not that anybody could tell.
    Apart,
}

/// What a revision says, next to what stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// The same, under another seal.
    TheSame,
    /// Something else.
    Something,
}

/// A page of history, as far as it was read.
#[derive(Default)]
struct Page {
    /// The places of its operations.
    heads: Vec<Head>,
    winners: Map<RecordId, Winner>,
    /// The records of the winners, in the order of the history.
    order: Vec<RecordId>,
    /// Operations that descend from what stands here.
    descendants: Set<OpId>,
    /// Operations of this device that it still holds for unsent.
    arrived: Set<OpId>,
    /// Records whose standing revision this history turned out to hold.
    found: Vec<RecordId>,
    /// Other seals of what stands here, where nothing takes its place.
    twins: Vec<(RecordId, OpId)>,
}

impl Page {
    /// Takes the next operation. What does not parse or open is of a newer
    /// version or forged: it changes nothing here, whatever its header says,
    /// and the history has its hash.
    ///
    /// # Errors
    /// What it proves against the server, if it opens.
    fn consider<R: CryptoRng>(
        &mut self,
        writing: &mut Writing<'_, R>,
        op: VerifiedOp,
    ) -> Result<(), Code> {
        let Ok(Op { header, body }) = op.parse() else {
            return Ok(());
        };
        let id = header.record_id;
        let local = writing.open.catalogue.entry(&id);
        let is_adrift = local.is_some_and(|entry| entry.adrift);
        let is_found = local.is_some_and(|entry| entry.adrift && entry.op_id == header.op_id);
        let local = local.map(Standing::of_entry);
        let earlier = self.winners.get(&id).map(|winner| &winner.standing);
        let stands = earlier.or(local.as_ref()).cloned();
        let resealed = stands.clone().filter(|it| it.is_resealed_by(&header));
        let wins = stands
            .as_ref()
            .is_none_or(|it| !it.is_or_says(header.op_id) && it.yields_to(&header));
        let lineage = self.lineage(&header, local.as_ref());
        let is_unsent = writing.outbox.standing(header.op_id).is_some();
        let comes = if wins || is_unsent || is_adrift {
            Comes::New
        } else {
            Comes::Late
        };
        let known = Known {
            kept: &writing.open.hashes,
            page: &self.heads,
        };
        let accusation = proof::accusation(&known, &op, &header, comes);
        let Ok(body) = writing.open.vault.open_op(&Op { header, body }) else {
            return Ok(());
        };
        if let Some(code) = accusation {
            return Err(code);
        }
        writing.note_stamp(header.stamp);
        let changes =
            wins || is_unsent || is_found || resealed.is_some() || lineage == Lineage::Descends;
        if !changes {
            return Ok(());
        }
        if is_unsent {
            self.arrived.insert(header.op_id);
        }
        if is_found {
            self.found.push(id);
        }
        if lineage == Lineage::Descends {
            self.descendants.insert(header.op_id);
        }
        if wins {
            writing.open.stamp = writing.open.stamp.max(header.stamp);
            let says = self.says(&id, resealed.is_some());
            let winner = Winner {
                bytes: op.into_bytes(),
                header,
                body,
                lineage,
                standing: match resealed {
                    Some(stands) => stands.resealed(&header),
                    None => Standing::of(&header),
                },
                says,
            };
            if self.winners.insert(id, winner).is_none() {
                self.order.push(id);
            }
        } else if resealed.is_some() {
            match self.winners.get_mut(&id) {
                Some(winner) => winner.standing.twins.push(header.op_id),
                None => self.twins.push((id, header.op_id)),
            }
        }
        Ok(())
    }

    /// Whether a seal of what stands in this page says what stands here.
    fn says(&self, id: &RecordId, is_reseal: bool) -> Says {
        match self.winners.get(id) {
            Some(winner) if is_reseal => winner.says,
            None if is_reseal => Says::TheSame,
            _ => Says::Something,
        }
    }

    fn lineage(&self, header: &OpHeader, local: Option<&Standing>) -> Lineage {
        match header.base {
            Some(base) if local.is_some_and(|local| local.is_or_says(base)) => Lineage::Descends,
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
    let mut page = Page {
        heads: hashes::heads(&ops),
        ..Page::default()
    };
    if ops
        .iter()
        .any(|op| is_of_newer_key(&writing.open.vault, op))
    {
        // Passed over, they would be missing here for ever.
        return Err(Code::KeyRotated);
    }
    for op in ops {
        page.consider(&mut writing, op)?;
    }
    let mut changed = Vec::with_capacity(page.order.len());
    for id in page.order {
        if let Some(winner) = page.winners.remove(&id) {
            changed.extend(take_in(&mut writing, winner)?);
        }
    }
    note(&mut writing, page.twins, page.found);
    let uploaded = confirm(&mut writing, &page.arrived);
    writing.stage.seen = Some(history.head().into());
    writing.stage.heads = page.heads;
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

/// Whether an operation is sealed under a vault key that this device has yet
/// to learn of.
fn is_of_newer_key(vault: &UnlockedVault, op: &VerifiedOp) -> bool {
    op.parse()
        .is_ok_and(|op| op.header.standard_kind.is_none() && op.header.epoch > vault.epoch())
}

/// Stages what is known of other seals of what stands here, and that this
/// history holds it.
fn note<R: CryptoRng>(
    writing: &mut Writing<'_, R>,
    twins: Vec<(RecordId, OpId)>,
    found: Vec<RecordId>,
) {
    let staged: Set<RecordId> = writing.stage.entries.iter().map(|entry| entry.id).collect();
    let mut noted: Map<RecordId, Entry> = Map::new();
    let twins = twins.into_iter().map(|(id, op_id)| (id, Some(op_id)));
    let found = found.into_iter().map(|id| (id, None));
    for (id, twin) in twins.chain(found) {
        let entry = writing.open.catalogue.entry(&id);
        let Some(entry) = entry.filter(|_| !staged.contains(&id)) else {
            continue;
        };
        let noted = noted.entry(id).or_insert_with(|| entry.clone());
        match twin {
            Some(op_id) => noted.add_twin(op_id),
            None => noted.adrift = false,
        }
    }
    writing.stage.entries.extend(noted.into_values());
}

/// Own operations that the history shows need not be sent again. Gives their
/// records.
fn confirm<R: CryptoRng>(writing: &mut Writing<'_, R>, arrived: &Set<OpId>) -> Vec<RecordId> {
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
        standing,
        says,
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
    let mut entry = match (&body, &before) {
        (_, Some(before)) if says == Says::TheSame => {
            changed.clear();
            before.resealed(&header, at)
        }
        (OpBody::Record(body), _) => {
            let doc: DocNumber = writing.index(body);
            Entry::of(&header, body, at, doc)
        }
        (OpBody::Tombstone, _) => Entry::tombstone(&header, at, before.as_ref()),
    };
    entry.writer = standing.writer;
    for twin in standing.twins {
        entry.add_twin(twin);
    }
    // An own revision that lost before it left this device need not leave it:
    // the copy carries its text.
    let folded = before.as_ref().map(|before| writing.folded(before));
    let folded = folded.unwrap_or_default();
    writing.replace(folded, entry);
    Ok(changed)
}
