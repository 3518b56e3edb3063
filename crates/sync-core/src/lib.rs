//! What a device and a server say to each other, and how each side decides.
//!
//! Layer 1, sans-IO: messages, the verified history of a vault, the outbox of
//! what is not acknowledged yet, the schedule of checks, and the server's half
//! of an upload. No clock, no randomness, no storage, no network: `now` and
//! random numbers are arguments, and what is to be stored is returned.
//!
//! Trust boundary: `e2ee_boundary`. Operations pass through as opaque bytes;
//! no key ever does.

pub mod endpoint;
mod history;
pub mod message;
mod outbox;
mod schedule;
mod seen;
mod server_half;
mod server_vault;
mod wire;

pub use history::{
    Announcement, History, HistoryError, OpHash, OwnExtension, VerifiedOp, chain, op_hash,
};
pub use message::Head;
pub use outbox::{BatchLimits, Delivery, Outbox, Pending, Settled, Standing};
pub use schedule::{Begin, CheckOutcome, Due, Schedule, ScheduleConfig, Visibility};
pub use seen::{SeenCheck, check_seen};
pub use server_half::{Append, Decision, KnownOp, Ledger, UploadContext, accept_upload};
pub use server_vault::{
    HeldCode, Unlocker, check_rotation, check_unlock, find_code, lock_that_stands, may_try_code,
};
pub use wire::{MessageError, decode, encode};
