//! Locking a vault for every device, and how sessions end.

use serde::{Deserialize, Serialize};
use vault_types::{DeviceId, LockReason, LockTier, OpaqueBytes, fields, names};

/// `POST /api/vault/lock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockVaultRequest {
    /// Why.
    pub reason: LockReason,
    /// [`LockTier::Vault`]: a lock of one device is none of the server's
    /// business.
    pub enforce_tier: LockTier,
    /// The device's word for it, which other devices can verify and the
    /// server cannot make; at most
    /// [`vault_types::limits::LOCK_STATEMENT_BYTES_MAX`].
    pub statement: OpaqueBytes,
}

fields!(LockVaultRequest {
    reason,
    enforce_tier,
    statement
});

/// `POST /api/vault/unlock`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlockVaultRequest {
    /// The lock that is meant, by its time; absent for whichever there is.
    /// A lock that came later than the one meant stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_at_ms: Option<u64>,
}

fields!(UnlockVaultRequest {
    locked_at_ms: optional
});

/// Who locked a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedBy {
    /// One of its devices.
    Device,
    /// The server by itself.
    Server,
}

names!(LockedBy { Device = "device", Server = "server" });

/// A vault's lock: the answer to `POST /api/vault/lock`, and part of the poll
/// and of `GET /api/vault`. While there is one, everything that would change
/// the vault is refused with `vault_locked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultLock {
    /// Since when, Unix milliseconds of the server's clock.
    pub locked_at_ms: u64,
    /// Why.
    pub reason: LockReason,
    /// How far it reaches.
    pub enforce_tier: LockTier,
    /// Who locked it.
    pub by: LockedBy,
    /// The device, if it was one.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
    /// What the device said, to be verified by the others.
    #[serde(default)]
    pub statement: Option<OpaqueBytes>,
}

fields!(VaultLock {
    locked_at_ms,
    reason,
    enforce_tier,
    by,
    device_id,
    statement
});

impl VaultLock {
    /// Whether only whoever runs the server can lift it. The locks that the
    /// server sets when a session ends are lifted as a device's are.
    #[must_use]
    pub fn is_servers_alone(&self) -> bool {
        self.by == LockedBy::Server && self.reason == LockReason::Administrator
    }
}

/// `PUT /api/vault/settings`: what the server must know to act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultSettings {
    /// Whether the end of a session locks the vault for every device.
    pub strict: bool,
}

fields!(VaultSettings { strict });

/// `POST /api/session/logout-everywhere`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutEverywhereRequest {
    /// The device's word for the lock that comes with it; absent if it has
    /// not opened the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<OpaqueBytes>,
}

fields!(LogoutEverywhereRequest {
    statement: optional
});

/// `POST /api/vault/reset`: destroys the vault at the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetVaultRequest {
    /// The vault.
    pub vault_id: vault_types::VaultId,
    /// [`RESET_WORDS`].
    pub confirm: String,
}

fields!(ResetVaultRequest { vault_id, confirm });

/// What a person types to have a vault destroyed.
pub const RESET_WORDS: &str = "delete everything";
