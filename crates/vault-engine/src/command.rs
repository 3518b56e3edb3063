//! What an application asks of the engine, and what it is told.
//!
//! These types cross to JavaScript by [`vault_types::wire`], which says how a
//! field is added; `pkg/src/api.ts` mirrors them.

mod notice;
mod records;
mod reply;
mod standing;

pub use notice::*;
pub use records::*;
pub use reply::*;
pub use standing::*;

use crate::lock_policy::{FormFactor, LockSettings};
use core::fmt;
use vault_types::wire::{Decode, NotAValue, ValueReader};
use vault_types::{
    CredentialId, DeviceId, Kind, LockTier, OpId, RecordId, fields, names, variants,
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
    /// Follow the server's history from its beginning, and send it whatever
    /// of this device it does not hold: the owner's choice when
    /// [`SyncStatus::needs_choice`]. Deletes nothing. Answer: [`Reply::Done`].
    Rejoin,
    /// How things stand with the server. Answer: [`Reply::Sync`].
    SyncStatus,
    /// Make a one-time link for another device. Answer: [`Reply::Link`].
    CreateLink,
    /// The account's devices. Answer: [`Reply::Devices`].
    Devices,
    /// Give one of the account's devices another name. Answer: [`Reply::Done`].
    RenameDevice {
        /// Which.
        id: DeviceId,
        /// Its name from now on.
        name: String,
    },
    /// Sign one of the account's devices out. Answer: [`Reply::Done`].
    RevokeDevice {
        /// Which.
        id: DeviceId,
    },
    /// The account's keys for programs. Answer: [`Reply::ApiKeys`].
    ApiKeys,
    /// Make a key for programs. Answer: [`Reply::ApiKey`].
    CreateApiKey {
        /// What the list shows it as.
        name: String,
    },
    /// End a key for programs. Answer: [`Reply::Done`].
    RevokeApiKey {
        /// Which.
        id: DeviceId,
    },
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
    Rejoin = "rejoin",
    SyncStatus = "sync_status",
    CreateLink = "create_link",
    Devices = "devices",
    RenameDevice = "rename_device" { id, name },
    RevokeDevice = "revoke_device" { id },
    ApiKeys = "api_keys",
    CreateApiKey = "create_api_key" { name },
    RevokeApiKey = "revoke_api_key" { id },
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
