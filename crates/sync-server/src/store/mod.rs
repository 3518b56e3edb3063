//! What the server keeps, as a trait: SQLite today, PostgreSQL when one
//! machine is outgrown. `contract` holds what every implementation must do.
//!
//! Everything of a vault is found through its account, so that the id of
//! another account's vault is simply unknown.

mod sqlite;

pub use crate::token::TokenHash;
use core::fmt;
use core::future::Future;
use sync_core::Head;
use sync_core::message::{DownloadResponse, SlotList, UploadResponse};
use vault_types::{
    AccountId, Cursor, DeviceId, Generation, OpaqueBytes, PolicyVersion, ServerEpoch, VaultId,
};

pub use sqlite::{OpenError, SqliteStore};

/// Why the storage did not do it. Nothing of the request was stored, or a
/// retry finds it stored: every write is idempotent or refused the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// The disk is full.
    Full,
    /// Another process holds the database.
    Busy,
    /// The storage is shutting down.
    Stopped,
    /// The database answered with an error; its number is for the log.
    Failed {
        /// SQLite's extended result code, or -1.
        number: i32,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the disk is full"),
            Self::Busy => f.write_str("another process holds the database"),
            Self::Stopped => f.write_str("the storage is shutting down"),
            Self::Failed { number } => write!(f, "the database failed with {number}"),
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
}

/// A vault, without its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultRow {
    /// The vault.
    pub vault_id: VaultId,
    /// The policy under which it seals.
    pub policy_version: PolicyVersion,
    /// How often its key slots have changed.
    pub slots_generation: Generation,
    /// The end of its history.
    pub head: Head,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultCreated {
    /// It was.
    Created(VaultRow),
    /// The account has one.
    Exists,
}

/// Whether key slots were replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotsReplaced {
    /// They were.
    Replaced,
    /// The generation was not the current one plus one.
    Conflict,
    /// The account has no vault.
    NoVault,
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

    /// The session with that token, unless it ran out by `now_ms`.
    fn session(
        &self,
        token_hash: TokenHash,
        now_ms: u64,
    ) -> impl Future<Output = Result<Option<SessionRow>, StoreError>> + Send;

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
        slots: SlotList,
    ) -> impl Future<Output = Result<SlotsReplaced, StoreError>> + Send;

    /// Appends to a vault's history what `sync_core::accept_upload` decides.
    /// `None` if the account has no such vault.
    fn upload(
        &self,
        upload: Upload,
    ) -> impl Future<Output = Result<Option<UploadResponse>, StoreError>> + Send;

    /// A page of a vault's history.
    fn page(&self, query: PageQuery) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// Finishes what is under way and closes.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
