//! The words that every other crate of Lockstep speaks: ids, revisions,
//! stamps, opaque sealed bytes, error codes and every limit in one file.
//!
//! Layer 0. Nothing here reads a clock, a random source, a disk or a network,
//! and nothing here knows a key. Both sides of the trust boundary link it.
//!
//! Trust boundary: `e2ee_boundary`. What is defined here crosses between the
//! client, which knows plaintext, and the server, which must not.

mod bytes;
mod code;
mod codec;
mod id;
mod kind;
pub mod limits;
mod lock;
mod map;
pub mod normal;
mod op;
pub mod order;
mod revision;
mod stamp;
pub mod wire;

pub use bytes::{OpaqueBytes, SealedBytes};
pub use code::Code;
pub use codec::{DecodeError, Reader, Writer};
pub use id::{
    AccountId, CredentialId, DeviceId, OpId, ParseIdError, RecordId, RotationId, ServerEpoch,
    VaultId,
};
pub use kind::{Kind, ObjectType, PrivacyMode};
pub use lock::{LockReason, LockTier};
pub use map::{Map, MapEntry, Set};
pub use op::{Op, OpHeader, OpParseError};
pub use revision::{Cursor, Epoch, Generation, HistoryHash, PolicyVersion, Seen};
pub use stamp::Stamp;
