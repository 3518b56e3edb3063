//! Jobs: everything that changes the vault, one at a time. A job reads what it
//! needs, is staged against what stands, is written as one transaction, and
//! only then becomes true in memory. If the disk refuses, nothing happened.

use crate::command::{DraftInput, ImportFile, NewRecord, RequestId, Unsent};
use crate::device::Session;
use crate::packs::Location;
use sync_core::message::UploadResponse;
use sync_core::{Head, History, VerifiedOp};
use vault_types::{Kind, OpId, RecordId};

/// A change that waits for its turn.
pub(crate) enum Job {
    /// Write new records.
    Put {
        request: RequestId,
        records: Vec<NewRecord>,
    },
    /// Write a new revision.
    Save {
        request: RequestId,
        id: RecordId,
        patch: Patch,
    },
    /// Write a tombstone.
    Remove { request: RequestId, id: RecordId },
    /// Bring back what was just deleted.
    Restore { request: RequestId, id: RecordId },
    /// Take over files.
    Import {
        request: RequestId,
        files: Vec<ImportFile>,
    },
    /// Take in a verified page of history.
    Apply {
        ops: Vec<VerifiedOp>,
        history: History,
    },
    /// Note what the server has answered to the batch under way.
    Acknowledge {
        response: UploadResponse,
        history: Option<History>,
        /// The places of the operations that are new in it.
        heads: Vec<Head>,
    },
    /// Follow the server's history from its beginning.
    Rejoin { request: RequestId },
    /// Begin an upload, if there is anything to send.
    Upload,
    /// Give operations that the server found ahead of its clock the time of
    /// this device's clock, which has been set right since.
    Restamp,
    /// Seal the next records anew that an older key or policy has sealed.
    Reseal,
    /// Make one index segment of several.
    Merge,
    /// Index again what no segment holds.
    Reindex,
    /// Let go of records that were deleted before.
    ForgetDeleted,
    /// Seal typing that is not saved.
    KeepDraft {
        request: RequestId,
        draft: DraftInput,
    },
    /// Forget a draft.
    DiscardDraft { request: RequestId, id: String },
    /// Forget everything readable.
    Lock { request: Option<RequestId> },
    /// Forget everything, and tell the server.
    SignOut { request: RequestId, unsent: Unsent },
}

impl Job {
    /// Who is told how it ended.
    pub(crate) const fn request(&self) -> Option<RequestId> {
        match self {
            Self::Put { request, .. }
            | Self::Save { request, .. }
            | Self::Remove { request, .. }
            | Self::Restore { request, .. }
            | Self::Import { request, .. }
            | Self::KeepDraft { request, .. }
            | Self::DiscardDraft { request, .. }
            | Self::Rejoin { request }
            | Self::SignOut { request, .. } => Some(*request),
            Self::Lock { request } => *request,
            Self::Apply { .. }
            | Self::Acknowledge { .. }
            | Self::Upload
            | Self::Restamp
            | Self::Reseal
            | Self::Merge
            | Self::Reindex
            | Self::ForgetDeleted => None,
        }
    }

    /// Whether a round with the server waits for it.
    pub(crate) const fn is_of_round(&self) -> bool {
        matches!(self, Self::Apply { .. } | Self::Acknowledge { .. })
    }
}

/// What a save changes; what is left out stays.
#[derive(Default)]
pub(crate) struct Patch {
    pub(crate) title: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) kind: Option<Kind>,
    /// The revision that was edited.
    pub(crate) base: Option<OpId>,
}

/// What becomes of a job once its transaction is on the disk.
pub(crate) enum Outcome {
    /// Answer with these records as they then stand.
    Saved {
        request: RequestId,
        ids: Vec<RecordId>,
    },
    /// Answer what became of each file.
    Imported {
        request: RequestId,
        outcomes: Vec<crate::command::ImportOutcome>,
        ids: Vec<RecordId>,
    },
    /// Another device's changes are in.
    Applied {
        ids: Vec<RecordId>,
        /// Records of own operations that turned out to have arrived.
        uploaded: Vec<RecordId>,
        history: History,
    },
    /// The server's acknowledgement is noted.
    Acknowledged {
        ids: Vec<RecordId>,
        history: Option<History>,
    },
    /// The server's history is followed from its beginning.
    Rejoined {
        request: RequestId,
        session: Session,
    },
    /// So many records are sealed anew.
    Resealed { done: u32, more: bool },
    /// A draft is kept.
    DraftKept { request: RequestId, id: String },
    /// A draft is gone.
    DraftDiscarded { request: RequestId },
    /// Something is in better order now.
    Tidied,
    /// The index is more complete now.
    Indexed { more: bool },
}

impl Outcome {
    /// Whether a round with the server waits for it.
    pub(crate) const fn is_of_round(&self) -> bool {
        matches!(self, Self::Applied { .. } | Self::Acknowledged { .. })
    }
}

/// Where the operations lie that a job has to open.
pub(crate) type Needs = Vec<Location>;

/// So many ids are named in a notice; beyond, the list is empty.
pub(crate) const NAMED_IDS_MAX: usize = 200;

/// Ids for a notice: none if they are too many to name.
pub(crate) fn named(ids: Vec<RecordId>) -> Vec<RecordId> {
    if ids.len() > NAMED_IDS_MAX {
        Vec::new()
    } else {
        ids
    }
}
