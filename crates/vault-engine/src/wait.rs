//! What the engine waits for: one variant an effect under way, holding what
//! is needed to go on.

use crate::command::{Reply, RequestId, SearchHit, SecretText};
use crate::device::Session;
use crate::hashes::HashPageId;
use crate::job::Job;
use crate::lock_policy::{LockSettings, Told};
use crate::rekey::{Asked, Rekey};
use sync_core::message::PollResponse;
use vault_core::{Passphrase, Policy, RecoveryCode, SlotList, UnlockedVault};
use vault_types::{CredentialId, RecordId, Set, VaultId};

/// What goes on when an effect's outcome arrives.
pub(crate) enum Wait {
    /// The device's storage, at the very start.
    Started,
    /// Whether the browser has a session that the storage knows nothing of.
    SessionChecked,
    /// The outcome of a sign-in.
    SignedIn { request: RequestId },
    /// The new session, on disk.
    SessionWritten { request: Option<RequestId> },
    /// The outcome of a sign-out.
    SignedOut { request: RequestId },
    /// Everything on this device, cleared.
    Cleared { request: RequestId },
    /// The deployment's policy for new vaults.
    PolicyFetched {
        request: RequestId,
        passphrase: Passphrase,
    },
    /// The key of a new vault's first slot.
    NewKey { request: RequestId, policy: Policy },
    /// The server's answer to a new vault.
    VaultCreated {
        request: RequestId,
        vault: Box<UnlockedVault>,
        session: Session,
        slots: Vec<u8>,
    },
    /// The new vault, on disk.
    VaultWritten {
        request: RequestId,
        vault: Box<UnlockedVault>,
    },
    /// The key slots, for a device that does not hold them yet.
    SlotsFetched {
        request: RequestId,
        passphrase: Passphrase,
        vault_id: VaultId,
    },
    /// The stretched passphrase of an unlock.
    UnlockKey { request: RequestId },
    /// The catalogue's pages of an unlock.
    UnlockPages { request: RequestId },
    /// A turn, before an unlock goes on to open the catalogue.
    UnlockTurn { request: RequestId },
    /// Every pack, of an unlock whose catalogue is damaged.
    UnlockPacks { request: RequestId },
    /// The catalogue of such an unlock, on disk.
    Rewritten { request: RequestId },
    /// The search index's segments.
    Segments,
    /// The packs and hashes that a job needs.
    JobPacks {
        job: Job,
        /// Pages of history hashes that were asked for with them.
        hashes: Set<HashPageId>,
    },
    /// A job's transaction.
    JobWritten,
    /// The pack of a record to be read.
    RecordPacks { request: RequestId, id: RecordId },
    /// The packs of search hits.
    HitPacks {
        request: RequestId,
        found: Box<Found>,
    },
    /// The packs of operations to be uploaded.
    UploadPacks,
    /// The server's head.
    Polled,
    /// A page of history.
    Downloaded,
    /// The outcome of an upload.
    Uploaded,
    /// Newer key slots that the poll told of, within a round.
    SlotsOfRound { poll: Box<PollResponse> },
    /// Key slots of a newer epoch, on disk.
    NewSlotsWritten,
    /// Newer key slots, for a passphrase that opens none of those here.
    UnlockSlots { request: RequestId },
    /// The stretched current passphrase, before the keys are changed.
    RekeyProof { rekey: Box<Rekey> },
    /// The stretched passphrase to be.
    RekeyKey { rekey: Box<Rekey> },
    /// Phase one of a rotation.
    RotationBegun { rekey: Box<Rekey> },
    /// The server's answer to new slots.
    RekeyAsked { asked: Box<Asked> },
    /// The slots that the server has, after an answer that was lost.
    RekeyChecked { asked: Box<Asked> },
    /// The new slots, on disk.
    RekeyWritten {
        request: RequestId,
        reply: Option<Box<Reply>>,
        slots: Box<(SlotList, Vec<u8>)>,
        vault: Option<Box<UnlockedVault>>,
    },
    /// A try of a recovery code, noted on disk.
    AttemptWritten {
        request: RequestId,
        code: Box<RecoveryCode>,
        vault_id: VaultId,
    },
    /// The server's answer to a recovery code.
    CodeValidated {
        request: RequestId,
        code: Box<RecoveryCode>,
        vault_id: VaultId,
    },
    /// The list of recovery codes.
    CodesListed { request: RequestId },
    /// The end of recovery codes; those in `left` are still to be ended.
    CodesRevoked {
        request: RequestId,
        slots: Box<(SlotList, Vec<u8>)>,
        left: Vec<CredentialId>,
    },
    /// The deployment's policy, for an open vault.
    PolicyAsked,
    /// The end of the vault at the server.
    VaultReset { request: RequestId },
    /// This device without the vault, on disk.
    ResetWritten {
        request: RequestId,
        session: Session,
    },
    /// A one-time link.
    LinkMade { request: RequestId },
    /// The reason of a lock, on disk.
    LockNoted,
    /// A job's transaction that was under way when the vault was locked
    /// regardless of it.
    LateWrite,
    /// The server's answer to a lock.
    LockTold,
    /// The server's answer to the end of a lock.
    LockLifted,
    /// Whether the vault is locked for every device, beside an unlock.
    LockAsked,
    /// The same, before an unlock.
    LockAskedFirst {
        request: RequestId,
        passphrase: SecretText,
    },
    /// New lock settings, on disk.
    SettingsWritten {
        request: RequestId,
        settings: LockSettings,
        told: Told,
        sealed: Vec<u8>,
    },
    /// The server's answer to the strict setting.
    StrictTold { strict: bool },
    /// The account's devices.
    DevicesListed { request: RequestId },
    /// The account's keys for programs.
    ApiKeysListed { request: RequestId },
    /// A new key for programs.
    ApiKeyMade { request: RequestId },
    /// A change at the server that is answered without a message.
    Changed { request: RequestId },
}

impl Wait {
    /// Who is changing the keys of an open vault with it.
    pub(crate) fn rekeying(&self) -> Option<RequestId> {
        match self {
            Self::RekeyProof { rekey }
            | Self::RekeyKey { rekey }
            | Self::RotationBegun { rekey } => Some(rekey.request),
            Self::RekeyAsked { asked } | Self::RekeyChecked { asked } => Some(asked.rekey.request),
            Self::CodesRevoked { request, .. } => Some(*request),
            _ => None,
        }
    }
}

/// Hits that still lack their snippets.
pub(crate) struct Found {
    pub(crate) query: search_index::Query,
    pub(crate) total: u32,
    pub(crate) hits: Vec<SearchHit>,
}
