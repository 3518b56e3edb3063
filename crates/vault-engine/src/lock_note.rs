//! What a device remembers of a lock while it is locked, and of a lock that
//! it still has to tell the server. Neither is secret.
//!
//! ```text
//! lock         version u8 (1) · reason u8 · tier u8 · origin u8 · lifted by u8
//!              · at u64 · server's time u64
//!              · has device u8 · device id 16 · device name (length, UTF-8)
//! lock_intent  version u8 (1) · reason u8 · at u64 · statement (length, bytes)
//! ```

use crate::effect::{Change, Store};
use vault_types::{DecodeError, DeviceId, LockReason, LockTier, Reader, Writer, limits, names};

const VERSION: u8 = 1;
/// The key in `meta` of the lock that stands.
pub(crate) const LOCK: &str = "lock";
/// The key in `meta` of the lock that the server is still to be told of.
pub(crate) const INTENT: &str = "lock_intent";
/// Longest statement that is kept.
const STATEMENT_BYTES_MAX: usize = 1024;

/// Who locked the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum LockOrigin {
    /// This device.
    ThisDevice = 1,
    /// Another device of the vault, which proved to be one.
    OtherDevice = 2,
    /// The server, or somebody whom it did not show to be a device.
    Server = 3,
}

names!(LockOrigin { ThisDevice = "this_device", OtherDevice = "other_device", Server = "server" });

/// What lifts a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum LiftedBy {
    /// Opening the vault with its passphrase, on any device.
    Passphrase = 1,
    /// Whoever runs the server, and nobody else.
    Administrator = 2,
}

names!(LiftedBy { Passphrase = "passphrase", Administrator = "administrator" });

/// The lock that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockNote {
    pub(crate) reason: LockReason,
    pub(crate) tier: LockTier,
    pub(crate) origin: LockOrigin,
    pub(crate) lifted_by: LiftedBy,
    /// When, by the clock of whoever locked it.
    pub(crate) at_ms: u64,
    /// The server's own time of the lock, by which it knows it.
    pub(crate) server_ms: Option<u64>,
    pub(crate) device: Option<DeviceId>,
    pub(crate) device_name: Option<String>,
}

impl LockNote {
    /// A lock that this device made by itself.
    pub(crate) const fn own(reason: LockReason, tier: LockTier, at_ms: u64) -> Self {
        Self {
            reason,
            tier,
            origin: LockOrigin::ThisDevice,
            lifted_by: LiftedBy::Passphrase,
            at_ms,
            server_ms: None,
            device: None,
            device_name: None,
        }
    }

    /// The change that remembers it.
    pub(crate) fn put(&self) -> Change {
        let mut writer = Writer::new();
        writer
            .u8(VERSION)
            .u8(self.reason.number())
            .u8(self.tier.number())
            .u8(self.origin as u8)
            .u8(self.lifted_by as u8)
            .u64(self.at_ms)
            .u64(self.server_ms.unwrap_or(0))
            .u8(u8::from(self.device.is_some()))
            .raw(self.device.unwrap_or(DeviceId::NIL).as_bytes())
            .text(self.device_name.as_deref().unwrap_or_default());
        put(LOCK, writer.finish())
    }

    /// The change that forgets it.
    pub(crate) fn delete() -> Change {
        delete(LOCK)
    }

    /// Reads it back.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        version(&mut reader)?;
        let reason = reason(&mut reader)?;
        let tier = LockTier::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
        let origin = match reader.u8()? {
            1 => LockOrigin::ThisDevice,
            2 => LockOrigin::OtherDevice,
            3 => LockOrigin::Server,
            _ => return Err(DecodeError::UnknownValue),
        };
        let lifted_by = match reader.u8()? {
            1 => LiftedBy::Passphrase,
            2 => LiftedBy::Administrator,
            _ => return Err(DecodeError::UnknownValue),
        };
        let at_ms = reader.u64()?;
        let server_ms = Some(reader.u64()?).filter(|ms| *ms > 0);
        let has_device = reader.u8()? == 1;
        let device = DeviceId::from_bytes(reader.array()?);
        let name = reader.text(limits::DEVICE_NAME_BYTES_MAX)?;
        let device_name = (!name.is_empty()).then(|| name.to_owned());
        reader.finish()?;
        Ok(Self {
            reason,
            tier,
            origin,
            lifted_by,
            at_ms,
            server_ms,
            device: has_device.then_some(device),
            device_name,
        })
    }
}

/// A lock for every device, which the server is still to be told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockIntent {
    pub(crate) reason: LockReason,
    pub(crate) at_ms: u64,
    /// This device's word for it; empty if it held no key at the time.
    pub(crate) statement: Vec<u8>,
}

impl LockIntent {
    /// The change that remembers it.
    pub(crate) fn put(&self) -> Change {
        let mut writer = Writer::new();
        writer
            .u8(VERSION)
            .u8(self.reason.number())
            .u64(self.at_ms)
            .bytes(&self.statement);
        put(INTENT, writer.finish())
    }

    /// The change that forgets it.
    pub(crate) fn delete() -> Change {
        delete(INTENT)
    }

    /// Reads it back.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        version(&mut reader)?;
        let reason = reason(&mut reader)?;
        let at_ms = reader.u64()?;
        let statement = reader.bytes(STATEMENT_BYTES_MAX)?.to_vec();
        reader.finish()?;
        Ok(Self {
            reason,
            at_ms,
            statement,
        })
    }
}

fn version(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    if reader.u8()? == VERSION {
        Ok(())
    } else {
        Err(DecodeError::UnknownValue)
    }
}

fn reason(reader: &mut Reader<'_>) -> Result<LockReason, DecodeError> {
    LockReason::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)
}

fn put(key: &str, value: Vec<u8>) -> Change {
    Change::Put {
        store: Store::Meta,
        key: key.to_owned(),
        value,
    }
}

fn delete(key: &str) -> Change {
    Change::Delete {
        store: Store::Meta,
        key: key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn bytes(change: Change) -> Vec<u8> {
        match change {
            Change::Put { value, .. } => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_note_leads_back_and_a_cut_one_is_refused() {
        let own = LockNote::own(LockReason::Idle, LockTier::Device, 5);
        let other = LockNote {
            origin: LockOrigin::OtherDevice,
            lifted_by: LiftedBy::Administrator,
            server_ms: Some(6),
            device: Some(DeviceId::from_bytes([7; 16])),
            device_name: Some(String::from("Laptop")),
            ..LockNote::own(LockReason::Administrator, LockTier::Vault, 5)
        };
        for note in [own, other] {
            let bytes = bytes(note.put());
            assert_eq!(LockNote::read(&bytes), Ok(note));
            for cut in 0..bytes.len() {
                assert!(LockNote::read(&bytes[..cut]).is_err());
            }
        }
    }

    #[test]
    fn an_intent_leads_back_and_a_cut_one_is_refused() {
        let intent = LockIntent {
            reason: LockReason::Manual,
            at_ms: 5,
            statement: vec![1, 2, 3],
        };
        let bytes = bytes(intent.put());
        assert_eq!(LockIntent::read(&bytes), Ok(intent));
        for cut in 0..bytes.len() {
            assert!(LockIntent::read(&bytes[..cut]).is_err());
        }
    }
}
