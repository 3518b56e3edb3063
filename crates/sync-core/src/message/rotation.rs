//! Giving a vault a new key, in two phases: the server first confirms that the
//! device knows the whole vault, then takes the new key slots at once.

use super::{Head, NewRecoveryCode, ReplaceSlots};
use serde::{Deserialize, Serialize};
use vault_types::{Epoch, RotationId, fields};

/// `POST /api/vault/rotation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginRotation {
    /// The epoch of the vault's key.
    pub from_epoch: Epoch,
    /// The epoch of the new one: the next.
    pub to_epoch: Epoch,
    /// How many records the device knows: distinct record ids in the history
    /// up to `head`, deleted ones included.
    pub record_count: u64,
    /// The end of the history that it knows.
    pub head: Head,
}

fields!(BeginRotation {
    from_epoch,
    to_epoch,
    record_count,
    head
});

/// A rotation that may be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationBegun {
    /// Names it in the second phase.
    pub rotation_id: RotationId,
    /// Until when it can be committed, Unix milliseconds of the server's clock.
    pub expires_at_ms: u64,
}

fields!(RotationBegun {
    rotation_id,
    expires_at_ms
});

/// What the server holds: part of the problem `rotation_conflict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultExtent {
    /// The epoch of the vault's key.
    pub key_epoch: Epoch,
    /// How many records.
    pub record_count: u64,
    /// The end of the history.
    pub head: Head,
}

fields!(VaultExtent {
    key_epoch,
    record_count,
    head
});

/// `POST /api/vault/rotation/{id}/commit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitRotation {
    /// The new key slots, of the next generation.
    pub slots: ReplaceSlots,
    /// The new recovery codes; all old ones end. None to have none.
    pub codes: Vec<NewRecoveryCode>,
}

fields!(CommitRotation { slots, codes });
