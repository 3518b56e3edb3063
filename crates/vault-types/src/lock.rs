//! Why a vault is locked, and where.

use serde::{Deserialize, Serialize};

/// Why a vault was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum LockReason {
    /// Nobody touched the application for long enough.
    Idle = 1,
    /// The application was in the background for long enough.
    Background = 2,
    /// Somebody signed out of every device.
    Logout = 3,
    /// The session with the server ended.
    SessionExpired = 4,
    /// Whoever runs the server locked it.
    Administrator = 5,
    /// Somebody locked it by hand.
    Manual = 6,
    /// The vault's key was changed on another device.
    KeyRotated = 7,
    /// The device's storage failed or was lost.
    Storage = 8,
    /// Another device of the account signed this one out.
    Revoked = 9,
}

impl LockReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Idle,
        Self::Background,
        Self::Logout,
        Self::SessionExpired,
        Self::Administrator,
        Self::Manual,
        Self::KeyRotated,
        Self::Storage,
        Self::Revoked,
    ];

    /// The reason's number in byte formats.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The reason with that number, if this version knows one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|reason| reason.number() == number)
    }

    /// The reason's name in messages and on the disk of a server.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Background => "background",
            Self::Logout => "logout",
            Self::SessionExpired => "session_expired",
            Self::Administrator => "administrator",
            Self::Manual => "manual",
            Self::KeyRotated => "key_rotated",
            Self::Storage => "storage",
            Self::Revoked => "revoked",
        }
    }

    /// The reason with that name, if this version knows one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// How far a lock reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum LockTier {
    /// This device, all its windows.
    Device = 1,
    /// Every device of the vault; the server refuses changes meanwhile.
    Vault = 2,
}

impl LockTier {
    /// Both tiers.
    pub const ALL: [Self; 2] = [Self::Device, Self::Vault];

    /// The tier's number in byte formats.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The tier with that number, if this version knows one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Device),
            2 => Some(Self::Vault),
            _ => None,
        }
    }

    /// The tier's name in messages and on the disk of a server.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Vault => "vault",
        }
    }

    /// The tier with that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_and_names_lead_back() {
        for reason in LockReason::ALL {
            assert_eq!(LockReason::from_number(reason.number()), Some(reason));
            assert_eq!(LockReason::from_name(reason.name()), Some(reason));
            let json = serde_json::to_string(&reason).unwrap();
            assert_eq!(json, format!("\"{}\"", reason.name()));
        }
        for tier in LockTier::ALL {
            assert_eq!(LockTier::from_number(tier.number()), Some(tier));
            assert_eq!(LockTier::from_name(tier.name()), Some(tier));
            let json = serde_json::to_string(&tier).unwrap();
            assert_eq!(json, format!("\"{}\"", tier.name()));
        }
        assert_eq!(LockReason::from_number(0), None);
        assert_eq!(LockTier::from_number(3), None);
    }
}
