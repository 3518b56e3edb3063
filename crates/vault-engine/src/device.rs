//! What a device remembers outside the vault: who it is, who is signed in,
//! the key slots, and how far it has followed the server's history. Nothing
//! here is secret; the key slots are wrapped.
//!
//! | key in `meta` | value |
//! |---|---|
//! | `device` | device id, 16 bytes |
//! | `session` | version u8 (1) ‖ account id ‖ server epoch ‖ has vault u8 ‖ vault id |
//! | `slots` | the slot list, JSON |
//! | `slots_new` | a slot list of a newer epoch, JSON, that is still to be unlocked |
//! | `generation` | version u8 (1) ‖ vault id ‖ generation of the newest slot list that was verified u64 |
//! | `session_ended` | there if the server has ended the session |
//! | `lock`, `lock_intent` | `lock_note.rs` |
//! | `lock_settings` | sealed, `lock_policy.rs` |
//! | `draft-` and an id | sealed, `drafts.rs` |
//! | `attempt` | version u8 (1) ‖ hash of a recovery code's verifier 32 bytes ‖ id of the try 16 bytes |
//! | `history` | version u8 (1) ‖ cursor u64 ‖ hash 32 bytes |
//! | `newest` | sealed, `catalogue/newest.rs` |

use crate::drafts::{DraftId, SealedDrafts};
use crate::effect::{Change, Rows, Store};
use crate::lock_note::{self, LockIntent, LockNote};
use crate::lock_settings::LOCK_SETTINGS;
use vault_types::{
    AccountId, Cursor, DecodeError, DeviceId, Generation, HistoryHash, Reader, Seen, ServerEpoch,
    Stamp, VaultId, Writer,
};

const VERSION: u8 = 1;
pub(crate) const DEVICE: &str = "device";
const SESSION: &str = "session";
const SLOTS: &str = "slots";
const SLOTS_NEW: &str = "slots_new";
const GENERATION: &str = "generation";
const SESSION_ENDED: &str = "session_ended";
const ATTEMPT: &str = "attempt";
const HISTORY: &str = "history";
const LATEST: &str = "latest_stamp";

/// Who is signed in on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) account_id: AccountId,
    pub(crate) server_epoch: ServerEpoch,
    pub(crate) vault_id: Option<VaultId>,
}

/// A try of a recovery code, which this device may repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Of the code's verifier, as the server has it.
    pub(crate) hash: [u8; 32],
    /// Random.
    pub(crate) id: [u8; 16],
}

/// What the device remembers outside the vault.
#[derive(Clone, Default)]
pub(crate) struct Device {
    pub(crate) id: Option<DeviceId>,
    pub(crate) session: Option<Session>,
    pub(crate) slots: Option<Vec<u8>>,
    /// Slots that another device made with a new vault key: what they hold
    /// shows once the passphrase has opened one.
    pub(crate) slots_new: Option<Vec<u8>>,
    /// The newest generation of a list that carried the vault's own seal.
    pub(crate) generation: Option<(VaultId, Generation)>,
    /// The last try of a recovery code.
    pub(crate) attempt: Option<Attempt>,
    pub(crate) seen: Seen,
    /// The latest stamp of an operation up to there.
    pub(crate) latest: Stamp,
    /// Whether the server is known to have ended the session.
    pub(crate) session_ended: bool,
    /// The lock that stands.
    pub(crate) lock: Option<LockNote>,
    /// The lock that the server is still to be told of.
    pub(crate) lock_intent: Option<LockIntent>,
    /// The lock settings, sealed.
    pub(crate) lock_settings: Option<Vec<u8>>,
    pub(crate) drafts: SealedDrafts,
}

impl Device {
    /// Reads everything back.
    pub(crate) fn load(rows: Rows) -> Result<Self, DecodeError> {
        let mut device = Self::default();
        for (key, value) in rows {
            let mut reader = Reader::new(&value);
            match key.as_str() {
                DEVICE => device.id = Some(DeviceId::from_bytes(reader.array()?)),
                SESSION => device.session = Some(read_session(&mut reader)?),
                HISTORY => device.seen = read_seen(&mut reader)?,
                LATEST => device.latest = read_latest(&mut reader)?,
                GENERATION => device.generation = Some(read_generation(&mut reader)?),
                // Neither is worth keeping a person out of the vault for.
                lock_note::LOCK => {
                    device.lock = LockNote::read(&value).ok();
                    continue;
                }
                lock_note::INTENT => {
                    device.lock_intent = LockIntent::read(&value).ok();
                    continue;
                }
                SESSION_ENDED => {
                    device.session_ended = true;
                    continue;
                }
                LOCK_SETTINGS => {
                    device.lock_settings = Some(value);
                    continue;
                }
                ATTEMPT => device.attempt = Some(read_attempt(&mut reader)?),
                SLOTS => {
                    device.slots = Some(value);
                    continue;
                }
                SLOTS_NEW => {
                    device.slots_new = Some(value);
                    continue;
                }
                other => {
                    if let Some(id) = DraftId::from_key(other) {
                        device.drafts.insert(id, value);
                    }
                    continue;
                }
            }
            reader.finish()?;
        }
        Ok(device)
    }

    /// The change that remembers this device's id.
    pub(crate) fn put_id(id: DeviceId) -> Change {
        put(DEVICE, id.as_bytes().to_vec())
    }

    /// The change that remembers who is signed in.
    pub(crate) fn put_session(session: &Session) -> Change {
        let mut writer = Writer::new();
        writer
            .u8(VERSION)
            .raw(session.account_id.as_bytes())
            .raw(session.server_epoch.as_bytes())
            .u8(u8::from(session.vault_id.is_some()))
            .raw(session.vault_id.unwrap_or(VaultId::NIL).as_bytes());
        put(SESSION, writer.finish())
    }

    /// The change that remembers that the session has ended.
    pub(crate) fn put_session_ended() -> Change {
        put(SESSION_ENDED, vec![VERSION])
    }

    /// The change that forgets it.
    pub(crate) fn delete_session_ended() -> Change {
        Change::Delete {
            store: Store::Meta,
            key: SESSION_ENDED.to_owned(),
        }
    }

    /// The changes that remember a slot list that was verified.
    pub(crate) fn keep_slots(
        json: &[u8],
        vault_id: VaultId,
        generation: Generation,
    ) -> Vec<Change> {
        let mut writer = Writer::new();
        writer
            .u8(VERSION)
            .raw(vault_id.as_bytes())
            .u64(generation.0);
        vec![
            put(SLOTS, json.to_vec()),
            put(GENERATION, writer.finish()),
            Self::drop_new_slots(),
        ]
    }

    /// The change that remembers a slot list that is still to be unlocked.
    pub(crate) fn put_new_slots(json: &[u8]) -> Change {
        put(SLOTS_NEW, json.to_vec())
    }

    /// The change that forgets such a list.
    pub(crate) fn drop_new_slots() -> Change {
        Change::Delete {
            store: Store::Meta,
            key: SLOTS_NEW.to_owned(),
        }
    }

    /// The change that remembers a try of a recovery code.
    pub(crate) fn put_attempt(attempt: &Attempt) -> Change {
        let mut writer = Writer::new();
        writer.u8(VERSION).raw(&attempt.hash).raw(&attempt.id);
        put(ATTEMPT, writer.finish())
    }

    /// The newest generation that was verified for a vault.
    pub(crate) fn generation_of(&self, vault_id: VaultId) -> Generation {
        match self.generation {
            Some((known, generation)) if known == vault_id => generation,
            _ => Generation(0),
        }
    }

    /// The change that remembers how far the history was followed.
    pub(crate) fn put_seen(seen: Seen) -> Change {
        let mut writer = Writer::new();
        writer
            .u8(VERSION)
            .u64(seen.cursor.0)
            .raw(seen.hash.as_bytes());
        put(HISTORY, writer.finish())
    }

    /// The change that remembers the latest stamp of that history.
    pub(crate) fn put_latest(latest: Stamp) -> Change {
        let mut writer = Writer::new();
        writer.u8(VERSION).u64(latest.wall_ms).u16(latest.counter);
        put(LATEST, writer.finish())
    }
}

fn put(key: &str, value: Vec<u8>) -> Change {
    Change::Put {
        store: Store::Meta,
        key: key.to_owned(),
        value,
    }
}

fn version(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    if reader.u8()? == VERSION {
        Ok(())
    } else {
        Err(DecodeError::UnknownValue)
    }
}

fn read_session(reader: &mut Reader<'_>) -> Result<Session, DecodeError> {
    version(reader)?;
    let account_id = AccountId::from_bytes(reader.array()?);
    let server_epoch = ServerEpoch::from_bytes(reader.array()?);
    let has_vault = reader.u8()? == 1;
    let vault_id = VaultId::from_bytes(reader.array()?);
    Ok(Session {
        account_id,
        server_epoch,
        vault_id: has_vault.then_some(vault_id),
    })
}

fn read_attempt(reader: &mut Reader<'_>) -> Result<Attempt, DecodeError> {
    version(reader)?;
    Ok(Attempt {
        hash: reader.array()?,
        id: reader.array()?,
    })
}

fn read_generation(reader: &mut Reader<'_>) -> Result<(VaultId, Generation), DecodeError> {
    version(reader)?;
    let vault_id = VaultId::from_bytes(reader.array()?);
    Ok((vault_id, Generation(reader.u64()?)))
}

fn read_latest(reader: &mut Reader<'_>) -> Result<Stamp, DecodeError> {
    version(reader)?;
    Ok(Stamp {
        wall_ms: reader.u64()?,
        counter: reader.u16()?,
    })
}

fn read_seen(reader: &mut Reader<'_>) -> Result<Seen, DecodeError> {
    version(reader)?;
    Ok(Seen {
        cursor: Cursor(reader.u64()?),
        hash: HistoryHash::from_bytes(reader.array()?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn rows(changes: Vec<Change>) -> Rows {
        changes
            .into_iter()
            .filter_map(|change| match change {
                Change::Put { key, value, .. } => Some((key, value)),
                Change::Delete { .. } => None,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_is_put_is_loaded() {
        let session = Session {
            account_id: AccountId::from_bytes([1; 16]),
            server_epoch: ServerEpoch::from_bytes([2; 16]),
            vault_id: Some(VaultId::from_bytes([3; 16])),
        };
        let latest = Stamp {
            wall_ms: 5,
            counter: 6,
        };
        let seen = Seen {
            cursor: Cursor(4),
            hash: HistoryHash::from_bytes([5; 32]),
        };
        let vault_id = VaultId::from_bytes([3; 16]);
        let attempt = Attempt {
            hash: [8; 32],
            id: [9; 16],
        };
        let mut changes = vec![
            Device::put_id(DeviceId::from_bytes([6; 16])),
            Device::put_session(&session),
            Device::put_new_slots(b"[]"),
            Device::put_attempt(&attempt),
            Device::put_seen(seen),
            Device::put_latest(latest),
        ];
        changes.extend(Device::keep_slots(b"{}", vault_id, Generation(7)));
        let device = Device::load(rows(changes)).unwrap();
        assert_eq!(device.generation_of(vault_id), Generation(7));
        assert_eq!(device.generation_of(VaultId::NIL), Generation(0));
        assert_eq!(device.slots_new.as_deref(), Some(b"[]".as_slice()));
        assert_eq!(device.id, Some(DeviceId::from_bytes([6; 16])));
        assert_eq!(device.session, Some(session));
        assert_eq!(device.slots.as_deref(), Some(b"{}".as_slice()));
        assert_eq!(device.attempt, Some(attempt));
        assert_eq!(device.seen, seen);
        assert_eq!(device.latest, latest);
    }

    #[test]
    fn damaged_rows_are_refused() {
        for key in [DEVICE, SESSION, GENERATION, ATTEMPT, HISTORY, LATEST] {
            assert!(
                Device::load(vec![(key.to_owned(), vec![1, 2])]).is_err(),
                "{key}"
            );
        }
    }
}
