//! What a request is answered with.

use super::{
    ApiKeyView, DeviceView, DraftView, ImportOutcome, ListItem, ListPage, LockSettingsView,
    NewApiKeyView, RecordView, SearchPage, SignInLink, SyncStatus, VaultState,
};
use core::fmt;
use vault_types::wire::{Encode, ValueWriter};
use vault_types::{Code, fields};
use zeroize::Zeroizing;

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
    /// The account's keys for programs.
    ApiKeys(Vec<ApiKeyView>),
    /// A new key for programs.
    ApiKey(NewApiKeyView),
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
            Self::ApiKeys(reply) => reply.encode(out),
            Self::ApiKey(reply) => reply.encode(out),
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
