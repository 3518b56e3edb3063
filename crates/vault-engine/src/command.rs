//! What an application asks of the engine, and what it is told.
//!
//! These types cross to JavaScript by [`vault_types::wire`], which says how a
//! field is added; `pkg/src/api.ts` mirrors them.

use crate::lock_note::{LiftedBy, LockNote, LockOrigin};
use crate::lock_policy::{FormFactor, LockSettings};
use core::fmt;
use vault_types::wire::{Decode, Encode, NotAValue, ValueReader, ValueWriter};
use vault_types::{
    Code, CredentialId, Kind, LockReason, LockTier, OpId, RecordId, fields, names, variants,
};
use zeroize::Zeroizing;

/// Names one request; its answer carries the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u32);

/// A request of the application.
pub enum Command {
    /// Where the vault stands. Answer: [`Reply::State`].
    State,
    /// Sign in with a one-time link or its token. Answer: [`Reply::State`].
    SignIn {
        /// The link, or the token behind its `#`.
        link: String,
        /// What the account's list of devices shows.
        device_name: String,
    },
    /// Sign out and forget everything on this device. Answer: [`Reply::State`].
    SignOut {
        /// What to do with changes that the server does not have yet.
        unsent: Unsent,
    },
    /// Make the account's vault and open it. Answer: [`Reply::State`].
    CreateVault {
        /// The new passphrase.
        passphrase: SecretText,
    },
    /// Open the vault. Answer: [`Reply::State`].
    Unlock {
        /// The passphrase.
        passphrase: SecretText,
    },
    /// Forget every key and everything readable. Answer: [`Reply::State`].
    Lock {
        /// How far; `None` as the settings say for a lock by hand.
        tier: Option<LockTier>,
    },
    /// When this device locks by itself. Answer: [`Reply::LockSettings`].
    LockSettings,
    /// Change that. Answer: [`Reply::LockSettings`].
    SetLockSettings {
        /// The new settings.
        settings: LockSettings,
        /// What the application runs on, if it says so.
        form: Option<FormFactor>,
    },
    /// Keep the vault from locking for idleness or in the background, as
    /// during a focus session, for at most
    /// [`vault_types::limits::KEEP_AWAKE_MS_MAX`]. Answer: [`Reply::Done`].
    KeepAwake {
        /// Names the reason; give the same one back.
        token: String,
        /// Whether to take the token or to give it back.
        on: bool,
    },
    /// Keep typing that is not saved, sealed on this device; also while a
    /// lock has begun. Answer: [`Reply::DraftKept`].
    KeepDraft(DraftInput),
    /// The drafts on this device. Answer: [`Reply::Drafts`].
    Drafts,
    /// Forget a draft. Answer: [`Reply::Done`].
    DiscardDraft {
        /// Which draft.
        id: String,
    },
    /// Open the vault with a recovery code. Until a new passphrase is set,
    /// nothing else is answered. Answer: [`Reply::State`].
    UnlockWithCode {
        /// The code, as typed.
        code: SecretText,
    },
    /// Look at a recovery code while it is typed. Answer: [`Reply::CodeCheck`].
    CheckCode {
        /// What is typed so far.
        code: SecretText,
    },
    /// Set a passphrase after a recovery code. The vault gets a new key, and
    /// new recovery codes. Answer: [`Reply::Rotated`].
    SetPassphrase {
        /// The new passphrase.
        passphrase: SecretText,
    },
    /// Put another passphrase in the place of the current one.
    /// Answer: [`Reply::State`].
    ChangePassphrase {
        /// The passphrase as it is.
        current: SecretText,
        /// The passphrase to be.
        passphrase: SecretText,
    },
    /// Make a set of recovery codes in the place of the old one.
    /// Answer: [`Reply::Codes`].
    CreateRecoveryCodes {
        /// The passphrase.
        passphrase: SecretText,
    },
    /// The recovery codes that there are. Answer: [`Reply::RecoveryCodes`].
    RecoveryCodes,
    /// End recovery codes. Answer: [`Reply::RecoveryCodes`].
    RevokeRecoveryCodes {
        /// Which; `None` for all.
        ids: Option<Vec<CredentialId>>,
    },
    /// Give the vault a new key. Answer: [`Reply::Rotated`].
    RotateKey {
        /// The passphrase.
        passphrase: SecretText,
    },
    /// Move on to the policy that [`VaultState::policy`] offers.
    /// Answer: [`Reply::State`].
    UpgradePolicy {
        /// The passphrase.
        passphrase: SecretText,
    },
    /// Destroy the vault, at the server and on this device.
    /// Answer: [`Reply::State`].
    ResetVault {
        /// `delete everything`, as typed.
        confirmation: String,
    },
    /// Write new records. Answer: [`Reply::Saved`], in the order given.
    Put {
        /// The records.
        records: Vec<NewRecord>,
    },
    /// Write a new revision of a record. Answer: [`Reply::Saved`].
    Save {
        /// Which record.
        id: RecordId,
        /// Its title; `None` leaves it as it is.
        title: Option<String>,
        /// Its text, Markdown; `None` leaves it as it is.
        text: Option<String>,
        /// Its tags; `None` leaves them as they are.
        tags: Option<Vec<String>>,
        /// Its kind; `None` leaves it as it is.
        kind: Option<Kind>,
        /// The revision that was edited, see [`ListItem::revision`]. If another
        /// device's revision has come to stand meanwhile, that one is kept as a
        /// conflict copy. `None`: write on top of whatever stands.
        base: Option<OpId>,
    },
    /// Delete a record. Answer: [`Reply::Saved`].
    Remove {
        /// Which record.
        id: RecordId,
    },
    /// Bring back a record that was just deleted. Answer: [`Reply::Saved`].
    Restore {
        /// Which record.
        id: RecordId,
    },
    /// Read a record whole. Answer: [`Reply::Record`].
    Open {
        /// Which record.
        id: RecordId,
    },
    /// A stretch of the list of records, newest change first.
    /// Answer: [`Reply::List`].
    List {
        /// Only records of this kind.
        kind: Option<Kind>,
        /// Only records with this tag.
        tag: Option<String>,
        /// How many to pass over.
        offset: u32,
        /// How many at the most.
        limit: u32,
    },
    /// Search titles, tags and texts. Answer: [`Reply::Hits`].
    Search {
        /// What was typed.
        query: String,
        /// How many hits at the most.
        limit: u32,
        /// Only records of this kind.
        kind: Option<Kind>,
    },
    /// Take over Markdown files, at most
    /// [`vault_types::limits::IMPORT_BATCH_FILES_MAX`] at once.
    /// Answer: [`Reply::Imported`], in the order given.
    Import {
        /// The files.
        files: Vec<ImportFile>,
    },
    /// Talk to the server now. Answer: [`Reply::Sync`] once that is done.
    Sync,
    /// How things stand with the server. Answer: [`Reply::Sync`].
    SyncStatus,
    /// Make a one-time link for another device. Answer: [`Reply::Link`].
    CreateLink,
    /// The account's devices. Answer: [`Reply::Devices`].
    Devices,
    /// The person did something: the idle time starts again.
    /// Answer: [`Reply::Done`].
    Activity,
    /// The application came to the front or went to the back.
    /// Answer: [`Reply::Done`].
    Visibility {
        /// Whether it can be seen.
        visible: bool,
        /// What the application runs on, if it says so.
        form: Option<FormFactor>,
    },
}

variants!(read Command by "type" {
    State = "state",
    SignIn = "sign_in" { link, device_name },
    SignOut = "sign_out" { unsent },
    CreateVault = "create_vault" { passphrase },
    Unlock = "unlock" { passphrase },
    Lock = "lock" { tier },
    LockSettings = "lock_settings",
    SetLockSettings = "set_lock_settings" { settings: flat, form },
    KeepAwake = "keep_awake" { token, on },
    KeepDraft(value) = "keep_draft",
    Drafts = "drafts",
    DiscardDraft = "discard_draft" { id },
    UnlockWithCode = "unlock_with_code" { code },
    CheckCode = "check_code" { code },
    SetPassphrase = "set_passphrase" { passphrase },
    ChangePassphrase = "change_passphrase" { current, passphrase },
    CreateRecoveryCodes = "create_recovery_codes" { passphrase },
    RecoveryCodes = "recovery_codes",
    RevokeRecoveryCodes = "revoke_recovery_codes" { ids },
    RotateKey = "rotate_key" { passphrase },
    UpgradePolicy = "upgrade_policy" { passphrase },
    ResetVault = "reset_vault" { confirmation },
    Put = "put" { records },
    Save = "save" { id, title, text, tags, kind, base },
    Remove = "remove" { id },
    Restore = "restore" { id },
    Open = "open" { id },
    List = "list" { kind, tag, offset: default, limit },
    Search = "search" { query, limit, kind },
    Import = "import" { files },
    Sync = "sync",
    SyncStatus = "sync_status",
    CreateLink = "create_link",
    Devices = "devices",
    Activity = "activity",
    Visibility = "visibility" { visible, form },
});

/// A text that nobody may print.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself.
    #[must_use]
    pub fn expose_text(&self) -> &str {
        &self.0
    }
}

impl Decode for SecretText {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.text().map(|text| Self::new(text.to_owned()))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText")
    }
}

/// What becomes of changes that the server does not have when signing out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// Refuse to sign out.
    Keep,
    /// Lose them.
    Discard,
}

names!(Unsent { Keep = "keep", Discard = "discard" });

/// A record to be written for the first time.
pub struct NewRecord {
    /// What it is.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub text: String,
    /// Its tags.
    pub tags: Vec<String>,
}

fields!(read NewRecord { kind, title: default, text: default, tags: default });

/// Typing that is not saved.
pub struct DraftInput {
    /// The draft to put it in the place of; `None`: the one of its record, or
    /// a new one.
    pub id: Option<String>,
    /// The record that was edited; `None` for one that does not exist yet.
    pub record: Option<RecordId>,
    /// What it is.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub text: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The revision that was edited.
    pub base: Option<OpId>,
}

fields!(read DraftInput { id, record, kind, title: default, text: default, tags: default, base });

/// A file to be taken over.
pub struct ImportFile {
    /// Path with `/`, as in the folder or archive.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// When it was last changed, Unix milliseconds.
    pub modified_ms: Option<f64>,
}

fields!(read ImportFile { path, bytes: raw, modified_ms });

/// The answer to a request.
pub type Answer = Result<Reply, Failure>;

/// Why a request was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.sentence())
    }
}

impl core::error::Error for Failure {}

/// What a request was answered with.
pub enum Reply {
    /// Nothing but that it was done.
    Done,
    /// See [`VaultState`].
    State(VaultState),
    /// What was written, and now is on this disk.
    Saved(Vec<ListItem>),
    /// A record whole.
    Record(Box<RecordView>),
    /// A stretch of the list.
    List(ListPage),
    /// What a search found.
    Hits(SearchPage),
    /// What became of each file.
    Imported(Vec<ImportOutcome>),
    /// How things stand with the server.
    Sync(SyncStatus),
    /// A one-time link.
    Link(SignInLink),
    /// The account's devices.
    Devices(Vec<DeviceView>),
    /// When this device locks by itself.
    LockSettings(LockSettingsView),
    /// A draft was kept.
    DraftKept {
        /// Its id.
        id: String,
    },
    /// The drafts on this device, latest first.
    Drafts {
        /// The drafts.
        drafts: Vec<DraftView>,
    },
    /// What can be said of a recovery code that is being typed.
    CodeCheck(CodeCheck),
    /// New recovery codes, shown this once.
    Codes(MadeCodes),
    /// The vault has a new key.
    Rotated(MadeCodes),
    /// The recovery codes that there are.
    RecoveryCodes(RecoveryCodes),
}

fn one_field<T: Encode>(out: &mut ValueWriter, name: &str, value: &T) {
    out.map(1);
    out.field(name, value);
    out.end_map();
}

impl Encode for Reply {
    fn encode(&self, out: &mut ValueWriter) {
        match self {
            Self::Done => out.null(),
            Self::State(reply) => reply.encode(out),
            Self::Saved(reply) => reply.encode(out),
            Self::Record(reply) => reply.encode(out),
            Self::List(reply) => reply.encode(out),
            Self::Hits(reply) => reply.encode(out),
            Self::Imported(reply) => reply.encode(out),
            Self::Sync(reply) => reply.encode(out),
            Self::Link(reply) => reply.encode(out),
            Self::Devices(reply) => reply.encode(out),
            Self::LockSettings(reply) => reply.encode(out),
            Self::DraftKept { id } => one_field(out, "id", id),
            Self::Drafts { drafts } => one_field(out, "drafts", drafts),
            Self::CodeCheck(reply) => reply.encode(out),
            Self::Codes(reply) => reply.encode(out),
            Self::Rotated(reply) => reply.encode(out),
            Self::RecoveryCodes(reply) => reply.encode(out),
        }
    }
}

/// What can be said of a recovery code that is being typed.
pub struct CodeCheck {
    /// Its groups, as far as they are typed.
    pub groups: Vec<TypedGroupView>,
    /// Whether it is a whole code.
    pub complete: bool,
}

fields!(write CodeCheck { groups, complete });

/// One group of a recovery code that is being typed.
pub struct TypedGroupView {
    /// Its characters in upper case.
    pub text: Zeroizing<String>,
    /// `ok`, `wrong` or `incomplete`.
    pub status: &'static str,
}

fields!(write TypedGroupView { text: text, status });

/// Recovery codes that were just made.
pub struct MadeCodes {
    /// The codes; `None` if the vault has none.
    pub codes: Option<Vec<MadeCode>>,
}

fields!(write MadeCodes { codes });

/// A recovery code that was just made.
pub struct MadeCode {
    /// Its key slot.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// The code itself, `XXXXX-XXXXX-…`.
    pub code: Zeroizing<String>,
}

fields!(write MadeCode { id, label, code: text });

/// The recovery codes that there are.
pub struct RecoveryCodes {
    /// In the order in which they were made.
    pub codes: Vec<CodeView>,
}

fields!(write RecoveryCodes { codes });

/// A recovery code, without what would let anybody use it.
pub struct CodeView {
    /// Its key slot.
    pub id: String,
    /// What its owner calls it.
    pub label: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: f64,
    /// When it was used, Unix milliseconds.
    pub used_ms: Option<f64>,
    /// The device that used it.
    pub used_by: Option<String>,
}

fields!(write CodeView { id, label, created_ms, used_ms, used_by });

/// The crypto policy that an open vault seals under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// Its version.
    pub version: u16,
    /// Iterations of the passphrase slot, if PBKDF2 stretches it.
    pub iterations: Option<u32>,
    /// What it should move on to.
    pub upgrade: Option<UpgradeView>,
}

fields!(write PolicyView { version, iterations, upgrade });

/// A policy to move on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeView {
    /// Its version.
    pub version: u16,
    /// `weak_iterations` or `newer_policy`.
    pub reason: &'static str,
}

fields!(write UpgradeView { version, reason });

/// The recovery codes of an open vault, in short.
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryView {
    /// How many there are.
    pub left: u32,
    /// When one was last used, Unix milliseconds.
    pub used_ms: Option<f64>,
    /// The device that used it.
    pub used_by: Option<String>,
}

fields!(write RecoveryView { left, used_ms, used_by });

/// How far a device has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nobody is signed in.
    SignedOut,
    /// Signed in; the account has no vault.
    NoVault,
    /// There is a vault; it is locked.
    Locked,
    /// The vault is open.
    Unlocked,
}

names!(Phase {
    SignedOut = "signed_out",
    NoVault = "no_vault",
    Locked = "locked",
    Unlocked = "unlocked",
});

/// Where the vault stands.
#[derive(Debug, Clone)]
pub struct VaultState {
    /// How far this device has come.
    pub phase: Phase,
    /// The account, if signed in.
    pub account_id: Option<String>,
    /// This device.
    pub device_id: String,
    /// The vault, if there is one.
    pub vault_id: Option<String>,
    /// How long without activity until the vault locks, in milliseconds.
    pub idle_lock_ms: u32,
    /// Records being sealed anew, if there are any left.
    pub reseal: Option<Progress>,
    /// Whether a recovery code opened the vault, so that a new passphrase must
    /// be set before anything else.
    pub must_set_passphrase: bool,
    /// The crypto policy, while the vault is open.
    pub policy: Option<PolicyView>,
    /// The recovery codes, while the vault is open and has or had any.
    pub recovery: Option<RecoveryView>,
    /// The lock that stands; `None` while the vault is open, and if it was
    /// never locked since it was last open.
    pub lock: Option<LockView>,
}

fields!(write VaultState {
    phase,
    account_id,
    device_id,
    vault_id,
    idle_lock_ms,
    reseal,
    must_set_passphrase,
    policy,
    recovery,
    lock,
});

/// Why and how far a vault is locked.
#[derive(Debug, Clone, PartialEq)]
pub struct LockView {
    /// Why.
    pub reason: LockReason,
    /// When, Unix milliseconds of the clock of whoever locked it.
    pub at_ms: f64,
    /// How far.
    pub tier: LockTier,
    /// Who locked it.
    pub by: LockOrigin,
    /// The device's name, if it was another one and its name is known.
    pub device_name: Option<String>,
    /// What lifts it.
    pub lifted_by: LiftedBy,
}

fields!(write LockView { reason, at_ms, tier, by, device_name, lifted_by });

impl LockView {
    pub(crate) fn of(note: &LockNote) -> Self {
        Self {
            reason: note.reason,
            at_ms: note.at_ms as f64,
            tier: note.tier,
            by: note.origin,
            device_name: note.device_name.clone(),
            lifted_by: note.lifted_by,
        }
    }
}

/// When this device locks by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSettingsView {
    /// Without activity for so long, in milliseconds.
    pub idle_ms: u32,
    /// Out of sight for so long, in milliseconds; `None`: as usual for what
    /// the application runs on.
    pub background_ms: Option<u32>,
    /// How long that is now.
    pub background_after_ms: u32,
    /// Whether every lock of this device locks every other device too.
    pub strict: bool,
    /// What the application runs on.
    pub form: FormFactor,
}

fields!(write LockSettingsView { idle_ms, background_ms, background_after_ms, strict, form });

/// A draft.
pub struct DraftView {
    /// The draft.
    pub id: String,
    /// The record that was edited; `None` for one that does not exist yet.
    pub record: Option<RecordId>,
    /// What it is.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub text: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The revision that was edited.
    pub base: Option<OpId>,
    /// When it was kept, Unix milliseconds.
    pub saved_ms: f64,
}

fields!(write DraftView { id, record, kind, title, text, tags, base, saved_ms });

/// How far a task in the background has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many are done.
    pub done: u32,
    /// How many there are in all.
    pub total: u32,
}

fields!(write Progress { done, total });

/// How safe a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Sealed on this device's disk.
    OnDevice,
    /// The server has it too.
    OnServer,
}

names!(Durability { OnDevice = "on_device", OnServer = "on_server" });

/// What a list shows of a record.
#[derive(Debug, Clone)]
pub struct ListItem {
    /// The record.
    pub id: RecordId,
    /// The revision that stands.
    pub revision: OpId,
    /// What it is.
    pub kind: Kind,
    /// Its title, never empty: falls back to the text's beginning.
    pub title: String,
    /// The first words of its text.
    pub preview: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was made, Unix milliseconds.
    pub created_ms: f64,
    /// When it was last changed, Unix milliseconds.
    pub updated_ms: f64,
    /// How safe it is.
    pub durability: Durability,
    /// Whether it keeps the losing side of two edits.
    pub conflict_copy: bool,
}

fields!(write ListItem {
    id,
    revision,
    kind,
    title,
    preview,
    tags,
    created_ms,
    updated_ms,
    durability,
    conflict_copy,
});

/// A record whole.
pub struct RecordView {
    /// What a list shows of it; the title here may be empty.
    pub item: ListItem,
    /// Its text, Markdown.
    pub text: String,
}

fields!(write RecordView { item: flat, text });

/// A stretch of the list.
pub struct ListPage {
    /// How many there are in all.
    pub total: u32,
    /// How many were passed over.
    pub offset: u32,
    /// The stretch.
    pub items: Vec<ListItem>,
}

fields!(write ListPage { total, offset, items });

/// A text with places to mark, in UTF-16 code units.
#[derive(Debug, Clone, Default)]
pub struct MarkedText {
    /// The text.
    pub text: String,
    /// Start and end of each place.
    pub highlights: Vec<(u32, u32)>,
}

fields!(write MarkedText { text, highlights });

/// One hit of a search.
pub struct SearchHit {
    /// What a list shows of the record.
    pub item: ListItem,
    /// Its rank: higher is better.
    pub score: f32,
    /// Its title with the hits marked.
    pub marked_title: MarkedText,
    /// The best place of its text.
    pub snippet: MarkedText,
}

fields!(write SearchHit { item: flat, score, marked_title, snippet });

/// What a search found.
pub struct SearchPage {
    /// How many records match in all.
    pub total: u32,
    /// The best of them, best first.
    pub hits: Vec<SearchHit>,
}

fields!(write SearchPage { total, hits });

/// What became of one file.
#[derive(Debug, Clone)]
pub enum ImportOutcome {
    /// A new record.
    Added {
        /// The record.
        id: RecordId,
    },
    /// A new revision of the record that the same file made before.
    Updated {
        /// The record.
        id: RecordId,
    },
    /// The same file is in the vault already.
    Unchanged {
        /// The record.
        id: RecordId,
    },
    /// Not taken over.
    Skipped {
        /// The stable code of the reason.
        code: &'static str,
        /// The reason for a person.
        reason: &'static str,
    },
}

variants!(write ImportOutcome by "outcome" {
    Added = "added" { id },
    Updated = "updated" { id },
    Unchanged = "unchanged" { id },
    Skipped = "skipped" { code, reason },
});

/// How things stand between this device and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncPhase {
    /// Not signed in, or no vault.
    NotConnected,
    /// Talking to the server.
    Syncing,
    /// Nothing to send and nothing new.
    Synced,
    /// The server cannot be reached.
    Offline,
    /// Something is wrong; see the code.
    Error,
}

names!(SyncPhase {
    NotConnected = "not_connected",
    Syncing = "syncing",
    Synced = "synced",
    Offline = "offline",
    Error = "error",
});

/// How things stand with the server.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncStatus {
    /// In one word.
    pub phase: SyncPhase,
    /// For a person.
    pub label: String,
    /// How many changes the server does not have yet.
    pub unsent: u32,
    /// How many changes of other devices are still to come, if known.
    pub incoming: u32,
    /// When the last check ended well, Unix milliseconds.
    pub last_checked_ms: Option<f64>,
    /// When the next check is due, Unix milliseconds.
    pub next_check_ms: Option<f64>,
    /// The stable code, if something is wrong.
    pub code: Option<&'static str>,
}

fields!(write SyncStatus { phase, label, unsent, incoming, last_checked_ms, next_check_ms, code });

/// A one-time link for another device.
pub struct SignInLink {
    /// What to open there.
    pub url: String,
    /// Until when, Unix milliseconds.
    pub expires_at_ms: f64,
}

fields!(write SignInLink { url, expires_at_ms });

/// A device of the account.
pub struct DeviceView {
    /// The device.
    pub device_id: String,
    /// Its name.
    pub name: String,
    /// When it last spoke to the server, Unix milliseconds.
    pub last_seen_ms: f64,
    /// Whether it is this one.
    pub current: bool,
}

fields!(write DeviceView { device_id, name, last_seen_ms, current });

/// Something that the application is told without having asked.
pub enum Notice {
    /// The state changed, for example because the vault locked itself.
    State(VaultState),
    /// Records changed: show the list anew.
    Records {
        /// Which, unless they are too many to name.
        ids: Vec<RecordId>,
        /// Whether another device made the change.
        remote: bool,
    },
    /// The server now has these records as they are here.
    Uploaded {
        /// Which.
        ids: Vec<RecordId>,
    },
    /// Things changed with the server.
    Sync(SyncStatus),
    /// A recovery code was used, on this device or another one.
    RecoveryUsed {
        /// When, Unix milliseconds.
        used_ms: f64,
        /// By which device.
        used_by: Option<String>,
    },
    /// Records are being sealed anew, after the key was rotated or the policy
    /// was raised.
    Reseal {
        /// How many are done.
        done: u32,
        /// How many there are in all.
        total: u32,
    },
    /// The search index can answer.
    SearchReady,
    /// The vault is about to be locked: nothing is shown any more. What is
    /// not saved can still be handed over as drafts.
    Locking {
        /// How long, in milliseconds.
        within_ms: u32,
        /// Why.
        reason: LockReason,
    },
}

variants!(write Notice by "type" {
    State(value) = "state",
    Records = "records" { ids, remote },
    Uploaded = "uploaded" { ids },
    Sync(value) = "sync",
    RecoveryUsed = "recovery_used" { used_ms, used_by },
    Reseal = "reseal" { done, total },
    SearchReady = "search_ready",
    Locking = "locking" { within_ms, reason },
});
