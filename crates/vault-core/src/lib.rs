//! The cryptographic core of Lockstep: from a passphrase to the vault key,
//! and from the vault key to sealed records and back.
//!
//! Layer 1. No clock, no storage, no network, no async; randomness is an
//! argument. Primitives are those of RustCrypto; this crate only composes
//! them. Every byte format is written out in docs/FORMAT.md and has golden
//! vectors under vectors/.
//!
//! Trust boundary: `client_private`. What this crate handles never reaches a
//! server but sealed, and no server links it.
//!
//! The life of a key, each stage consuming the one before:
//!
//! ```text
//! Passphrase ─ KdfRequest::stretch ─▶ StretchedKey ─┬─ create_vault ──────▶ UnlockedVault
//!                                                   └─ LockedVault::unlock ─▶ UnlockedVault
//! LockedVault ◀─ UnlockedVault::lock
//! UnlockedVault ─ hold ▶ HeldKek ─┬─ SlotEdit::add ──▶ SlotList, one generation on
//!                                 └─ UnlockedVault::rotate ──▶ UnlockedVault of the next epoch
//! ```

#[cfg(test)]
extern crate self as vault_core;

mod aead;
mod device_secret;
mod envelope;
mod error;
mod key;
mod keyring;
mod label;
mod lock_statement;
mod padding;
mod passphrase;
mod policy;
mod policy_terms;
#[cfg(feature = "primitives")]
pub mod primitives;
mod randomness;
mod record;
mod recovery;
mod reseal;
mod rotation;
mod sealed_object;
mod sealed_op;
mod slot;
mod slot_edit;
mod slot_key;
mod slot_list;
mod stretch;
mod vault;
mod wire;

#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;
#[cfg(test)]
mod golden;

pub use device_secret::{DeviceSecret, DeviceSecretRefused};
pub use error::{Field, OpenError, ResealError, SealError, SlotError, UnlockError};
pub use lock_statement::LockStatement;
pub use passphrase::{Passphrase, PassphraseError};
pub use policy::{Aead, CheckedKdf, KdfParams, KdfRefused, Policy};
pub use policy_terms::{PolicyRefused, PolicyTerms, Upgrade, UpgradeReason};
pub use record::{OpBody, RecordBody, Source};
pub use recovery::{
    GroupStatus, RecoveryCode, RecoveryCodeError, RecoveryVerifier, TypedCode, TypedGroup,
    check_recovery_code,
};
pub use reseal::Reseal;
pub use sealed_op::OpDraft;
pub use slot::{SlotContext, SlotType, WrappedKek};
pub use slot_edit::{HeldKek, SlotEdit};
pub use slot_key::SlotKey;
pub use slot_list::SlotList;
pub use stretch::{KdfRequest, KdfSalt, StretchError, StretchedKey};
pub use vault::{LockedVault, NewSlot, UnlockedVault, VaultIdentity, create_vault};
