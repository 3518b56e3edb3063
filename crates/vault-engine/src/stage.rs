//! A staged transaction: what a job wants to be true, before it is.

use crate::catalogue::Entry;
use crate::device::{Device, Session};
use crate::drafts::{DraftChange, SealedDrafts};
use crate::effect::{Change, Store};
use crate::hashes::Hashes;
use crate::index::{Held, OnDisk, SEGMENT_FORMAT, SegmentId};
use crate::job::Outcome;
use crate::open_vault::OpenVault;
use crate::outbox_rows::{self, Unsent};
use crate::packs::{Location, PackId};
use rand_core::CryptoRng;
use sync_core::{Head, Outbox};
use vault_types::{Code, Map, ObjectType, OpId, RecordId, Seen, Set, Stamp};

/// What a transaction changes. Applied to memory only once it is on the disk.
#[derive(Default)]
pub(crate) struct Stage {
    /// Entries as they will stand.
    pub(crate) entries: Vec<Entry>,
    /// New packs.
    pub(crate) packs: Vec<(PackId, Vec<u8>)>,
    /// Operations that begin to be needed, beyond those of `entries`.
    pub(crate) retained: Vec<Location>,
    /// Operations that nothing refers to once this is true. Found last, from
    /// everything else.
    pub(crate) released: Vec<Location>,
    /// Operations for the server.
    pub(crate) unsent: Vec<Unsent>,
    /// Operations that the server has, or need not get.
    pub(crate) sent: Vec<Unsent>,
    /// New segments of the index, sealed.
    pub(crate) segments: Vec<(Held, Vec<u8>)>,
    /// Whether all segments that are on the disk go first.
    pub(crate) segments_on_disk: OnDisk,
    /// Segments that are not needed any more.
    pub(crate) dropped_segments: Vec<SegmentId>,
    /// How far the server's history was followed.
    pub(crate) seen: Option<Seen>,
    /// The latest stamp of the history up to there, if it is later than
    /// before.
    pub(crate) latest: Option<Stamp>,
    /// Whether it is followed from its beginning, in the session's epoch.
    pub(crate) rejoined: Option<Session>,
    /// The places up to there.
    pub(crate) heads: Vec<Head>,
    /// The first index number that is free afterwards.
    pub(crate) next_doc: Option<u32>,
    /// Drafts that are kept, and those that are not needed any more.
    pub(crate) drafts: Vec<DraftChange>,
}

impl Stage {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.packs.is_empty()
            && self.unsent.is_empty()
            && self.sent.is_empty()
            && self.segments.is_empty()
            && self.segments_on_disk == OnDisk::Known
            && self.dropped_segments.is_empty()
            && self.drafts.is_empty()
            && self.seen.is_none()
    }

    /// Seals an index segment and takes it in.
    pub(crate) fn add_segment<R: CryptoRng>(
        &mut self,
        open: &OpenVault,
        bytes: Vec<u8>,
        rng: &mut R,
    ) -> Result<(), Code> {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let sealed = open
            .vault
            .seal_object(ObjectType::IndexSegment, &id, SEGMENT_FORMAT, &bytes, rng)
            .map_err(|error| error.code())?;
        let segment = search_index::Segment::parse(bytes).map_err(|_| Code::Internal)?;
        self.segments.push((
            Held {
                id: SegmentId(id),
                segment,
            },
            sealed,
        ));
        Ok(())
    }

    /// The changes of the transaction.
    pub(crate) fn changes<R: CryptoRng>(
        &mut self,
        open: &OpenVault,
        outbox: &Outbox<Location>,
        rng: &mut R,
    ) -> Result<Vec<Change>, Code> {
        self.released = self.unreferenced(open, outbox);
        let mut changes = Vec::new();
        for (id, bytes) in &self.packs {
            changes.push(Change::Put {
                store: Store::Packs,
                key: id.key(),
                value: bytes.clone(),
            });
        }
        for pack in self.dead_packs(open) {
            changes.push(Change::Delete {
                store: Store::Packs,
                key: pack.key(),
            });
        }
        self.outbox_changes(outbox, &mut changes);
        let pages = open.catalogue.seal_pages(&open.vault, &self.entries, rng)?;
        changes.extend(pages);
        if !self.entries.is_empty() {
            changes.push(
                open.catalogue
                    .seal_newest(&open.vault, &self.entries, rng)?,
            );
        }
        if self.segments_on_disk == OnDisk::Unknown {
            changes.push(Change::Clear {
                store: Store::Segments,
            });
        }
        for (held, sealed) in &self.segments {
            let value = sealed.clone();
            changes.push(Change::Put {
                store: Store::Segments,
                key: held.id.key(),
                value,
            });
        }
        for id in &self.dropped_segments {
            changes.push(Change::Delete {
                store: Store::Segments,
                key: id.key(),
            });
        }
        changes.extend(self.drafts.iter().map(DraftChange::change));
        if let Some(seen) = self.seen {
            changes.push(Device::put_seen(seen));
        }
        changes.extend(self.latest.map(Device::put_latest));
        if let Some(session) = &self.rejoined {
            changes.push(Device::put_session(session));
            changes.push(Change::Clear {
                store: Store::History,
            });
        }
        changes.extend(open.hashes.changes(&open.vault, &self.heads, rng)?);
        Ok(changes)
    }

    /// Operations that an entry or the outbox refers to now, and none of them
    /// will once this is true.
    fn unreferenced(&self, open: &OpenVault, outbox: &Outbox<Location>) -> Vec<Location> {
        let staged: Map<RecordId, &Entry> = self.entries.iter().map(|e| (e.id, e)).collect();
        let acknowledged = self.sent.iter().map(|unsent| &unsent.record_id);
        let records: Set<&RecordId> = staged.keys().chain(acknowledged).collect();
        let mut lost: Map<(PackId, u32), Location> = Map::new();
        let before = records.iter().filter_map(|id| open.catalogue.entry(id));
        let payloads = self.sent.iter().map(|unsent| unsent.payload);
        for at in before.flat_map(Entry::places).chain(payloads) {
            lost.insert((at.pack, at.offset), at);
        }
        if lost.is_empty() {
            return Vec::new();
        }
        let gone: Set<OpId> = self.sent.iter().map(|unsent| unsent.op_id).collect();
        let standing = records
            .iter()
            .filter_map(|id| staged.get(id).copied().or_else(|| open.catalogue.entry(id)))
            .flat_map(Entry::places);
        let unsent = outbox
            .iter()
            .filter(|(pending, _)| !gone.contains(&pending.op_id))
            .map(|(pending, _)| pending.payload);
        for at in standing.chain(unsent) {
            lost.remove(&(at.pack, at.offset));
        }
        lost.into_values().collect()
    }

    /// Packs in which nothing will be alive.
    fn dead_packs(&self, open: &OpenVault) -> Vec<PackId> {
        let mut released: Map<PackId, u64> = Map::new();
        for at in &self.released {
            *released.entry(at.pack).or_default() += u64::from(at.len);
        }
        released
            .into_iter()
            .filter(|&(pack, bytes)| open.packs.live_bytes(pack) <= bytes)
            .map(|(pack, _)| pack)
            .filter(|pack| !self.retained.iter().any(|at| at.pack == *pack))
            .collect()
    }

    fn outbox_changes(&self, outbox: &Outbox<Location>, changes: &mut Vec<Change>) {
        let gone: Set<OpId> = self.sent.iter().map(|unsent| unsent.op_id).collect();
        let touched: Set<PackId> = self
            .unsent
            .iter()
            .chain(&self.sent)
            .map(|unsent| unsent.payload.pack)
            .collect();
        if touched.is_empty() {
            return;
        }
        let mut rows: Map<PackId, Vec<&Unsent>> =
            touched.iter().map(|pack| (*pack, Vec::new())).collect();
        let standing = outbox.iter().map(|(pending, _)| pending);
        for pending in standing
            .chain(&self.unsent)
            .filter(|pending| !gone.contains(&pending.op_id))
        {
            if let Some(row) = rows.get_mut(&pending.payload.pack) {
                row.push(pending);
            }
        }
        changes.extend(rows.into_iter().map(|(pack, row)| {
            let (store, key) = (Store::Outbox, pack.key());
            if row.is_empty() {
                Change::Delete { store, key }
            } else {
                Change::Put {
                    store,
                    key,
                    value: outbox_rows::encode(row.into_iter()),
                }
            }
        }));
    }

    /// Makes it true in memory.
    pub(crate) fn commit(
        self,
        open: &mut OpenVault,
        outbox: &mut Outbox<Location>,
        drafts: &mut SealedDrafts,
    ) {
        for change in self.drafts {
            change.commit(&mut open.drafts, drafts);
        }
        for (id, bytes) in self.packs {
            open.packs.remember(id, bytes);
        }
        for at in &self.retained {
            open.packs.retain(*at);
        }
        for at in &self.released {
            open.packs.release(*at);
        }
        open.latest = self.latest.unwrap_or(open.latest);
        outbox.confirm(self.sent.iter().map(|unsent| unsent.op_id));
        for unsent in self.unsent {
            outbox.push(unsent);
        }
        for entry in self.entries {
            open.stamp = open.stamp.max(entry.stamp);
            open.catalogue.put(entry);
        }
        if self.segments_on_disk == OnDisk::Unknown {
            open.index.disk = OnDisk::Known;
        }
        for (held, _) in self.segments {
            open.index.add(held);
        }
        open.index.remove(&self.dropped_segments);
        if self.rejoined.is_some() {
            open.hashes = Hashes::default();
        }
        open.hashes.add(&self.heads);
        if let Some(next) = self.next_doc {
            open.next_doc = open.next_doc.max(next);
        }
    }
}

/// A stage and what becomes of its job.
pub(crate) struct Staged {
    pub(crate) stage: Stage,
    pub(crate) outcome: Outcome,
}
