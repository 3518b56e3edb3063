//! What the server keeps, as a trait: in SQLite, or in PostgreSQL when one
//! machine is outgrown. `tests/store` holds what every implementation must do.
//!
//! Everything of a vault is found through its account, so that the id of
//! another account's vault is simply unknown.

mod announce;
mod draft;
mod keys;
mod postgres;
mod protect;
mod sql;
mod sqlite;

pub use crate::token::TokenHash;
use core::fmt;
use core::future::Future;
use sync_core::Head;
use sync_core::message::{
    BeginRotation, CommitRotation, CreatePolicyRequest, DownloadResponse, PolicyDescription,
    RecoveryCodeList, ReplaceRecoveryCodes, ReplaceSlots, RotationBegun, SlotList, UploadResponse,
    ValidateRecoveryCode, ValidatedRecoveryCode, VaultLock, VaultSettings,
};
use vault_types::{
    AccountId, Cursor, DeviceId, Epoch, Generation, OpaqueBytes, PolicyVersion, ServerEpoch,
    VaultId,
};

pub use announce::{Announcements, Changed, News, Subscription};
pub use keys::{AddApiKey, ApiKeyAdded, ApiKeyFound, ApiKeyRow, Found, Member};
pub use postgres::PostgresError;
pub use protect::{
    CodeTry, EndRotation, LogoutEverywhere, NewLock, NewRotation, Outcome, PolicyCreated,
    PolicyDeprecated, RecoveryUse, Revoked, SessionFound, Unlock, VaultRefusal,
};
pub use sql::SqlStore;
pub use sqlite::OpenError;

/// Why the storage did not do it. Nothing of the request was stored, or a
/// retry finds it stored: every write is idempotent or refused the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// The disk is full.
    Full,
    /// Another process holds the database.
    Busy,
    /// The database's server cannot be reached, or went in the middle.
    Unreachable,
    /// The storage is shutting down.
    Stopped,
    /// The database answered with an error; its number is for the log.
    Failed {
        /// SQLite's extended result code, or -1.
        number: i32,
    },
    /// PostgreSQL refused it; its word for why is for the log.
    Refused {
        /// The SQLSTATE.
        state: [u8; 5],
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the disk is full"),
            Self::Busy => f.write_str("another process holds the database"),
            Self::Stopped => f.write_str("the storage is shutting down"),
            Self::Unreachable => f.write_str("the database cannot be reached"),
            Self::Failed { number } => write!(f, "the database failed with {number}"),
            Self::Refused { state } => {
                write!(f, "the database refused with {}", state.escape_ascii())
            }
        }
    }
}

impl core::error::Error for StoreError {}

/// A one-time link to be kept.
#[derive(Debug, Clone, Copy)]
pub struct AddLink {
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// Whom it signs in.
    pub account_id: AccountId,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
    /// What happens when too many are open.
    pub when_full: WhenFull,
}

/// What happens when too many links are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// The new one is refused: a session asks.
    Refuse,
    /// The oldest one is closed: whoever runs the server asks.
    CloseOldest,
}

/// Whether a link was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAdded {
    /// It can be used until then.
    Open {
        /// Unix milliseconds.
        expires_at_ms: u64,
    },
    /// Too many are open.
    TooMany,
}

/// A device that shows a link.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The hash of the link's token.
    pub link_hash: TokenHash,
    /// The hash of the session's new token.
    pub session_hash: TokenHash,
    /// The device's id for itself.
    pub device_id: DeviceId,
    /// Its owner's name for it.
    pub device_name: String,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// Whether a device was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInOutcome {
    /// It was; the link is used up.
    SignedIn(SessionRow),
    /// The link is unknown, used or expired.
    LinkInvalid,
    /// The account has too many devices; the link stays open.
    TooManyDevices,
}

/// A session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose it is.
    pub account_id: AccountId,
    /// The device that it belongs to.
    pub device_id: DeviceId,
    /// When it was last used, to the minute, Unix milliseconds.
    pub last_used_ms: u64,
    /// When it began, Unix milliseconds; 0 if that was never noted.
    pub signed_in_ms: u64,
}

/// A device of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// The device.
    pub device_id: DeviceId,
    /// Its owner's name for it.
    pub name: String,
    /// When it first signed in, Unix milliseconds.
    pub created_ms: u64,
    /// When it was last heard of, Unix milliseconds.
    pub last_seen_ms: u64,
    /// When another device signed it out, Unix milliseconds.
    pub revoked_ms: Option<u64>,
}

/// A vault, without its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultRow {
    /// The vault.
    pub vault_id: VaultId,
    /// The policy under which it seals.
    pub policy_version: PolicyVersion,
    /// How often its key slots have changed.
    pub slots_generation: Generation,
    /// The epoch of its key, as the devices have told it.
    pub key_epoch: Epoch,
    /// The end of its history.
    pub head: Head,
    /// What locks it for every device.
    pub lock: Option<VaultLock>,
    /// What the server must know to act.
    pub settings: VaultSettings,
    /// When one of its recovery codes was last used, and by whom.
    pub recovery_used: Option<RecoveryUse>,
}

/// A vault to be made.
#[derive(Debug, Clone)]
pub struct NewVault {
    /// The vault.
    pub vault_id: VaultId,
    /// The policy under which it seals.
    pub policy_version: PolicyVersion,
    /// Its key slots.
    pub slots: SlotList,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// Whether a vault was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultCreated {
    /// It was.
    Created(VaultRow),
    /// The account has one.
    Exists,
}

/// An upload by a session.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Whose vault.
    pub account_id: AccountId,
    /// The vault.
    pub vault_id: VaultId,
    /// The session's device.
    pub device_id: DeviceId,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
    /// Encoded operations.
    pub changes: Vec<OpaqueBytes>,
}

/// A wish for a page of a vault's history.
#[derive(Debug, Clone, Copy)]
pub struct PageQuery {
    /// Whose vault.
    pub account_id: AccountId,
    /// The vault.
    pub vault_id: VaultId,
    /// Operations behind this place.
    pub since: Cursor,
    /// At most so many.
    pub ops_max: usize,
    /// At most so many bytes of operations, but always one operation.
    pub bytes_max: usize,
}

/// A page, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The page.
    Found(DownloadResponse),
    /// The account has no such vault.
    UnknownVault,
    /// `since` is beyond the head.
    CursorAhead,
}

/// What the server keeps. Every method is one transaction; a write has been
/// committed durably when it returns.
pub trait Store: Send + Sync + 'static {
    /// This life of the database.
    fn server_epoch(&self) -> ServerEpoch;

    /// The account of whoever runs the server.
    fn owner(&self) -> AccountId;

    /// Where every commit that a poll or a session would show is announced,
    /// once it is durable, also if whoever asked for it has gone.
    fn announcements(&self) -> &Announcements;

    /// Announces what other processes wrote, where the database does not tell
    /// of it by itself. To be called again and again.
    fn notice_others(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Reads and writes once, to see whether it works.
    fn check(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Keeps a one-time link.
    fn add_link(&self, link: AddLink)
    -> impl Future<Output = Result<LinkAdded, StoreError>> + Send;

    /// Uses a link up and begins a session, which ends any other session of
    /// the same device.
    fn sign_in(
        &self,
        sign_in: SignIn,
    ) -> impl Future<Output = Result<SignInOutcome, StoreError>> + Send;

    /// The session with that token, and whether it ran out by `now_ms`.
    fn session(
        &self,
        token_hash: TokenHash,
        now_ms: u64,
    ) -> impl Future<Output = Result<SessionFound, StoreError>> + Send;

    /// Ends every session that ran out by `now_ms`, and locks the vaults that
    /// ask for it (`session_expired`, by the server). Says how many ended.
    fn end_expired_sessions(
        &self,
        now_ms: u64,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Ends every session of an account, closes its open links and locks its
    /// vault.
    fn logout_everywhere(
        &self,
        logout: LogoutEverywhere,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Notes that a session and its device are alive.
    fn touch_session(
        &self,
        token_hash: TokenHash,
        now_ms: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a session.
    fn sign_out(
        &self,
        token_hash: TokenHash,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The devices of an account, oldest first.
    fn devices(
        &self,
        account_id: AccountId,
    ) -> impl Future<Output = Result<Vec<DeviceRow>, StoreError>> + Send;

    /// Gives a device another name.
    fn rename_device(
        &self,
        device: Member,
        name: String,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Ends a device's session, which is [`SessionFound::Revoked`] from now on,
    /// and closes the account's open links.
    fn revoke_device(
        &self,
        device: Member,
        now_ms: u64,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Keeps a key for programs.
    fn add_api_key(
        &self,
        key: AddApiKey,
    ) -> impl Future<Output = Result<ApiKeyAdded, StoreError>> + Send;

    /// The keys for programs of an account, oldest first.
    fn api_keys(
        &self,
        account_id: AccountId,
    ) -> impl Future<Output = Result<Vec<ApiKeyRow>, StoreError>> + Send;

    /// Ends a key for programs.
    fn revoke_api_key(&self, key: Member)
    -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// The key for programs with that token.
    fn api_key(
        &self,
        token_hash: TokenHash,
    ) -> impl Future<Output = Result<Option<ApiKeyFound>, StoreError>> + Send;

    /// Notes that a key for programs was used.
    fn touch_api_key(
        &self,
        token_hash: TokenHash,
        now_ms: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The vault of an account.
    fn vault(
        &self,
        account_id: AccountId,
    ) -> impl Future<Output = Result<Option<VaultRow>, StoreError>> + Send;

    /// Makes an account's vault.
    fn create_vault(
        &self,
        account_id: AccountId,
        vault: NewVault,
    ) -> impl Future<Output = Result<VaultCreated, StoreError>> + Send;

    /// The key slots of an account's vault.
    fn slots(
        &self,
        account_id: AccountId,
    ) -> impl Future<Output = Result<Option<SlotList>, StoreError>> + Send;

    /// Replaces the key slots of an account's vault.
    fn replace_slots(
        &self,
        account_id: AccountId,
        slots: ReplaceSlots,
    ) -> impl Future<Output = Result<Outcome<()>, StoreError>> + Send;

    /// Keeps what the server must know of an account's vault.
    fn keep_settings(
        &self,
        account_id: AccountId,
        settings: VaultSettings,
    ) -> impl Future<Output = Result<Outcome<()>, StoreError>> + Send;

    /// Locks a vault for every device and says which lock stands.
    fn lock_vault(
        &self,
        lock: NewLock,
    ) -> impl Future<Output = Result<Outcome<VaultLock>, StoreError>> + Send;

    /// Lifts a vault's lock.
    fn unlock_vault(
        &self,
        unlock: Unlock,
    ) -> impl Future<Output = Result<Outcome<()>, StoreError>> + Send;

    /// The recovery codes of an account's vault.
    fn recovery_codes(
        &self,
        account_id: AccountId,
    ) -> impl Future<Output = Result<Outcome<RecoveryCodeList>, StoreError>> + Send;

    /// Replaces recovery codes and key slots together.
    fn replace_recovery_codes(
        &self,
        account_id: AccountId,
        codes: ReplaceRecoveryCodes,
        now_ms: u64,
    ) -> impl Future<Output = Result<Outcome<RecoveryCodeList>, StoreError>> + Send;

    /// Revokes recovery codes and replaces the key slots together.
    fn revoke_recovery_codes(
        &self,
        account_id: AccountId,
        revoked: Revoked,
        slots: ReplaceSlots,
        now_ms: u64,
    ) -> impl Future<Output = Result<Outcome<RecoveryCodeList>, StoreError>> + Send;

    /// Uses a recovery code up. Of two at once, one is refused. Every try
    /// counts, also one that is refused.
    fn validate_recovery_code(
        &self,
        code_try: CodeTry,
        code: ValidateRecoveryCode,
    ) -> impl Future<Output = Result<Outcome<ValidatedRecoveryCode>, StoreError>> + Send;

    /// Begins to change a vault's key, in place of any change under way.
    fn begin_rotation(
        &self,
        rotation: NewRotation,
        request: BeginRotation,
    ) -> impl Future<Output = Result<Outcome<RotationBegun>, StoreError>> + Send;

    /// Changes a vault's key: slots, recovery codes and epoch together. The
    /// same once more is taken as done.
    fn commit_rotation(
        &self,
        rotation: EndRotation,
        request: CommitRotation,
    ) -> impl Future<Output = Result<Outcome<()>, StoreError>> + Send;

    /// Destroys an account's vault: history, key slots, recovery codes.
    fn reset_vault(
        &self,
        account_id: AccountId,
        vault_id: VaultId,
    ) -> impl Future<Output = Result<Outcome<()>, StoreError>> + Send;

    /// Every crypto policy, by version.
    fn policies(&self) -> impl Future<Output = Result<Vec<PolicyDescription>, StoreError>> + Send;

    /// Makes a crypto policy.
    fn create_policy(
        &self,
        policy: CreatePolicyRequest,
        now_ms: u64,
    ) -> impl Future<Output = Result<PolicyCreated, StoreError>> + Send;

    /// Takes a crypto policy from new vaults.
    fn deprecate_policy(
        &self,
        version: PolicyVersion,
        now_ms: u64,
    ) -> impl Future<Output = Result<PolicyDeprecated, StoreError>> + Send;

    /// Keeps the one token by which an administrator is known.
    fn keep_admin_token(
        &self,
        token_hash: TokenHash,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whether an administrator is known by that token.
    fn is_admin_token(
        &self,
        token_hash: TokenHash,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The accounts that have a vault of that id: one, unless ids collide.
    fn accounts_of_vault(
        &self,
        vault_id: VaultId,
    ) -> impl Future<Output = Result<Vec<AccountId>, StoreError>> + Send;

    /// Appends to a vault's history what `sync_core::accept_upload` decides.
    fn upload(
        &self,
        upload: Upload,
    ) -> impl Future<Output = Result<Outcome<UploadResponse>, StoreError>> + Send;

    /// A page of a vault's history.
    fn page(&self, query: PageQuery) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// Finishes what is under way and closes.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
