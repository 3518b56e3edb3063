//! How things stand with the server, and what is told without being asked.

use super::{ListItem, VaultState};
use vault_types::{Kind, LockReason, RecordId, fields, names, variants};

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
    /// Whether only the vault's owner can say how to go on: the server shows
    /// another history than before. See [`super::Command::Rejoin`].
    pub needs_choice: bool,
}

fields!(write SyncStatus { phase, label, unsent, incoming, last_checked_ms, next_check_ms, code,
    needs_choice });

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
    /// When another device signed it out, Unix milliseconds.
    pub revoked_ms: Option<f64>,
}

fields!(write DeviceView { device_id, name, last_seen_ms, current, revoked_ms });

/// A key for programs, without what would let anybody use it.
pub struct ApiKeyView {
    /// Names it.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: f64,
    /// When it was last used, Unix milliseconds.
    pub last_used_ms: Option<f64>,
}

fields!(write ApiKeyView { id, name, created_ms, last_used_ms });

/// A key for programs that was just made, shown this once.
pub struct NewApiKeyView {
    /// Names it.
    pub id: String,
    /// What a program sends as `Authorization: Bearer …`.
    pub token: String,
}

fields!(write NewApiKeyView { id, token });

/// The newest rows of a section.
pub struct NewestRows {
    /// Which section.
    pub kind: Kind,
    /// How many rows it has in all.
    pub total: u32,
    /// The first of them, newest change first.
    pub items: Vec<ListItem>,
}

fields!(write NewestRows { kind, total, items });

/// Something that the application is told without having asked.
pub enum Notice {
    /// The state changed, for example because the vault locked itself.
    State(VaultState),
    /// An unlock has the key and opens the vault: this is what each section's
    /// list begins with. Ask for it again once the vault is open.
    Newest {
        /// One for each kind.
        sections: Vec<NewestRows>,
    },
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
    Newest = "newest" { sections },
    Records = "records" { ids, remote },
    Uploaded = "uploaded" { ids },
    Sync(value) = "sync",
    RecoveryUsed = "recovery_used" { used_ms, used_by },
    Reseal = "reseal" { done, total },
    SearchReady = "search_ready",
    Locking = "locking" { within_ms, reason },
});
