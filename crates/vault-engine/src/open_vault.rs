//! An open vault: the keys, the catalogue, the index, and the jobs that wait.
//! Dropping it wipes the keys and forgets everything readable.

use crate::catalogue::{Catalogue, Entry};
use crate::command::{Durability, ListItem};
use crate::drafts::Drafts;
use crate::hashes::Hashes;
use crate::index::{Index, Readiness, SEGMENT_FORMAT, SegmentId};
use crate::job::{Job, Outcome};
use crate::packs::{Location, Packs};
use crate::rekey::AfterRound;
use crate::reseal::Reseal;
use crate::stage::Stage;
use search_index::Segment;
use std::collections::VecDeque;
use sync_core::Outbox;
use vault_core::{HeldKek, OpBody, Policy, RecordBody, UnlockedVault};
use vault_types::order::sort_by_key;
use vault_types::{Code, DeviceId, ObjectType, Op, RecordId, Stamp};

/// What the job in front is doing.
pub(crate) enum Busy {
    /// Its packs are being read.
    Reading,
    /// Its transaction is being written.
    Writing {
        stage: Box<Stage>,
        outcome: Outcome,
        request: Option<crate::command::RequestId>,
    },
}

/// An open vault.
pub(crate) struct OpenVault {
    pub(crate) vault: UnlockedVault,
    pub(crate) catalogue: Catalogue,
    pub(crate) packs: Packs,
    /// What this device knows of the history that it has followed.
    pub(crate) hashes: Hashes,
    pub(crate) index: Index,
    pub(crate) jobs: VecDeque<Job>,
    pub(crate) busy: Option<Busy>,
    /// The latest stamp that was seen or given.
    pub(crate) stamp: Stamp,
    /// The latest stamp of the history, of what lost included.
    pub(crate) latest: Stamp,
    /// The first index number that is free.
    pub(crate) next_doc: u32,
    /// Searches that wait for the index.
    pub(crate) searches: Vec<(crate::command::RequestId, crate::read::Wanted)>,
    /// How far the sealing anew has come.
    pub(crate) reseal: Reseal,
    /// Whose the drafts are.
    pub(crate) drafts: Drafts,
    /// Whether a recovery code opened it, so that a passphrase must be set.
    pub(crate) must_set: bool,
    /// The vault key, in hand until that passphrase is set.
    pub(crate) held: Option<Box<HeldKek>>,
    /// A change of the keys that waits for a round to end.
    pub(crate) after_round: Option<Box<AfterRound>>,
    /// Whether the server has taken the session since the vault was opened.
    pub(crate) session_lived: bool,
    /// The deployment's policy, if it told one that this client accepts.
    pub(crate) deployment: Option<Policy>,
    /// When a recovery code was last used, and by which device.
    pub(crate) code_used: Option<(u64, Option<DeviceId>)>,
}

impl OpenVault {
    /// An open vault with that catalogue, and nothing read yet but that.
    pub(crate) fn new(
        vault: UnlockedVault,
        catalogue: Catalogue,
        outbox: &Outbox<Location>,
    ) -> Self {
        let packs = living_packs(&catalogue, outbox);
        Self {
            vault,
            stamp: catalogue.last_stamp(),
            latest: Stamp::default(),
            next_doc: catalogue.next_doc(),
            catalogue,
            packs,
            hashes: Hashes::default(),
            index: Index::default(),
            jobs: VecDeque::new(),
            busy: None,
            searches: Vec::new(),
            reseal: Reseal::default(),
            drafts: Drafts::default(),
            must_set: false,
            held: None,
            after_round: None,
            session_lived: false,
            deployment: None,
            code_used: None,
        }
    }

    /// The same, opened with a recovery code if the vault key is in hand.
    pub(crate) fn must_set(mut self, held: Option<Box<HeldKek>>) -> Self {
        self.must_set = held.is_some();
        self.held = held;
        self
    }

    /// Opens a record whose pack is in memory.
    ///
    /// # Errors
    /// [`Code::Corrupt`] if its pack is gone or damaged, [`Code::CannotOpen`]
    /// if the operation does not open.
    pub(crate) fn open_at(&mut self, at: Location) -> Result<RecordBody, Code> {
        let bytes = self.packs.bytes(at).ok_or(Code::Corrupt)?;
        let op = Op::parse(bytes).map_err(|_| Code::Corrupt)?;
        match self.vault.open_op(&op).map_err(|error| error.code())? {
            OpBody::Record(body) => Ok(body),
            OpBody::Tombstone => Err(Code::UnknownRecord),
        }
    }

    /// Whether the job in front may begin. What writes waits for the index:
    /// until it is read, nobody knows which numbers it has used.
    pub(crate) fn may_begin(&self) -> bool {
        let writes = !matches!(
            self.jobs.front(),
            Some(
                Job::Lock { .. }
                    | Job::SignOut { .. }
                    | Job::Upload
                    | Job::KeepDraft { .. }
                    | Job::DiscardDraft { .. }
            )
        );
        !writes || self.index.readiness == Readiness::Ready
    }

    /// Opens a segment of the index; `None` if it is damaged.
    pub(crate) fn open_segment(&self, id: SegmentId, sealed: &[u8]) -> Option<Segment> {
        let bytes = self
            .vault
            .open_object(ObjectType::IndexSegment, &id.0, SEGMENT_FORMAT, sealed)
            .ok()?;
        Segment::parse(bytes.to_vec()).ok()
    }

    /// A living record, opened. Its pack must be in memory.
    ///
    /// # Errors
    /// [`Code::UnknownRecord`], and as [`Self::open_at`].
    pub(crate) fn open_record(&mut self, id: &RecordId) -> Result<RecordBody, Code> {
        let at = self.catalogue.living(id).ok_or(Code::UnknownRecord)?.at;
        self.open_at(at)
    }
}

/// What a list shows of an entry.
pub(crate) fn list_item(entry: &Entry, outbox: &Outbox<Location>) -> ListItem {
    ListItem {
        id: entry.id,
        revision: entry.op_id,
        kind: entry.kind,
        title: entry.shown_title(),
        preview: entry.preview.clone(),
        tags: entry.tags.clone(),
        created_ms: entry.created_ms as f64,
        updated_ms: entry.updated_ms as f64,
        durability: if outbox.newest(entry.id).is_some() {
            Durability::OnDevice
        } else {
            Durability::OnServer
        },
        conflict_copy: entry.conflict_copy,
    }
}

fn living_packs(catalogue: &Catalogue, outbox: &Outbox<Location>) -> Packs {
    let standing = catalogue.entries().flat_map(Entry::places);
    let unsent = outbox.iter().map(|(pending, _)| pending.payload);
    let mut places: Vec<Location> = standing.chain(unsent).collect();
    // Almost in order already, so that this is cheaper than a set.
    sort_by_key(&mut places, |at| (at.pack, at.offset));
    places.dedup_by_key(|at| (at.pack, at.offset));
    let mut packs = Packs::default();
    for at in places {
        packs.retain(at);
    }
    packs
}
