//! Where a vault stands, as an application is told.

use super::{PolicyView, RecoveryView};
use crate::lock_note::{LiftedBy, LockNote, LockOrigin};
use crate::lock_policy::FormFactor;
use vault_types::{Kind, LockReason, LockTier, OpId, RecordId, fields, names};

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
