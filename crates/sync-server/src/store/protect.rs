//! What stands in front of a vault's keys, in the words of the store.

use sync_core::Unlocker;
use sync_core::message::{VaultExtent, VaultLock};
use vault_types::{AccountId, Code, CredentialId, DeviceId, RotationId};

/// Why a vault was not changed. Nothing of the request was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultRefusal {
    /// The account has no vault.
    NoVault,
    /// The account has another vault than the one that was named.
    UnknownVault,
    /// The vault is locked for every device.
    Locked,
    /// The vault is locked, and only an administrator may lift it.
    LockedByServer,
    /// The generation of the key slots was not the current one plus one.
    SlotsConflict,
    /// The device knows another vault than this one.
    RotationConflict(VaultExtent),
    /// No such change of the key is under way.
    RotationExpired,
    /// The new epoch is not the next, or two codes have one id.
    Malformed,
    /// The recovery code is unknown, used or revoked.
    RecoveryCodeRefused,
    /// No recovery code has that id.
    UnknownRecoveryCode,
    /// Too many recovery codes were tried.
    SlowDown,
}

impl VaultRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::NoVault => Code::NoVault,
            Self::UnknownVault => Code::UnknownVault,
            Self::Locked => Code::VaultLocked,
            Self::LockedByServer => Code::LockedByServer,
            Self::SlotsConflict => Code::SlotsConflict,
            Self::RotationConflict(_) => Code::RotationConflict,
            Self::RotationExpired => Code::RotationExpired,
            Self::Malformed => Code::Malformed,
            Self::RecoveryCodeRefused => Code::RecoveryCodeRefused,
            Self::UnknownRecoveryCode => Code::UnknownRecoveryCode,
            Self::SlowDown => Code::SlowDown,
        }
    }

    /// What the server holds, where the refusal is about that.
    #[must_use]
    pub const fn extent(self) -> Option<VaultExtent> {
        match self {
            Self::RotationConflict(extent) => Some(extent),
            _ => None,
        }
    }
}

/// What became of a change to a vault.
pub type Outcome<T> = Result<T, VaultRefusal>;

/// A lock to be set.
#[derive(Debug, Clone)]
pub struct NewLock {
    /// Whose vault.
    pub account_id: AccountId,
    /// The lock; one that is held already may stand in its place.
    pub lock: VaultLock,
}

/// A lock to be lifted.
#[derive(Debug, Clone, Copy)]
pub struct Unlock {
    /// Whose vault.
    pub account_id: AccountId,
    /// Who lifts it.
    pub unlocker: Unlocker,
    /// The lock that is meant, by its time; `None` for whichever.
    pub locked_at_ms: Option<u64>,
}

/// A device that ends every session of its account.
#[derive(Debug, Clone)]
pub struct LogoutEverywhere {
    /// The account.
    pub account_id: AccountId,
    /// The lock that its vault gets, if there is a vault.
    pub lock: VaultLock,
}

/// Which recovery codes are revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// All of the vault.
    All,
    /// The one that opens this key slot.
    One(CredentialId),
}

/// Who tries a recovery code, and when.
#[derive(Debug, Clone, Copy)]
pub struct CodeTry {
    /// The account.
    pub account_id: AccountId,
    /// The session's device.
    pub device_id: DeviceId,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// A change of a vault's key that begins.
#[derive(Debug, Clone, Copy)]
pub struct NewRotation {
    /// Whose vault.
    pub account_id: AccountId,
    /// What it is to be called.
    pub rotation_id: RotationId,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// A change of a vault's key that ends.
#[derive(Debug, Clone, Copy)]
pub struct EndRotation {
    /// Whose vault.
    pub account_id: AccountId,
    /// Which change.
    pub rotation_id: RotationId,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// The last use of a recovery code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryUse {
    /// When, Unix milliseconds.
    pub used_ms: u64,
    /// By which device.
    pub device_id: DeviceId,
}

/// Whether a crypto policy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyCreated {
    /// It was.
    Created,
    /// Its number is taken.
    Exists,
}

/// Whether a crypto policy was taken from new vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyDeprecated {
    /// It was, or had been before.
    Deprecated,
    /// There is no such policy.
    Unknown,
    /// It is the last one.
    Last,
}

/// A session, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFound {
    /// It lives.
    Live(super::SessionRow),
    /// It ran out; [`super::Store::end_expired_sessions`] has not met it yet.
    Expired,
    /// Another device signed its device out.
    Revoked,
    /// Nobody knows the token.
    Unknown,
}
