//! The one state machine of a device's vault. It composes the cryptographic
//! core, the search index and the sync protocol, and asks the world around it
//! for everything else: time, randomness, storage, network.
//!
//! Layer 2, sans-IO. [`Engine::handle`] takes an [`Event`] and returns
//! [`Effect`]s; adapters do what the effects say.
//!
//! Trust boundary: `client_private`. Plaintext and keys live here while the
//! vault is open, and leave only sealed or as answers to the application.
//!
//! Where to read on: unlock (`unlock.rs` → `open_vault.rs`; `rebuild.rs` if
//! its catalogue is damaged), lock (`lock.rs`,
//! `vault_lock.rs`), write
//! (`write.rs` → `stage.rs` → `pump.rs` → `sync.rs`), read (`sync.rs` →
//! `apply.rs` → `read.rs`).

mod account;
mod answer;
mod apply;
mod attention;
mod catalogue;
mod command;
mod conflict;
mod context;
mod create;
mod device;
mod drafts;
mod effect;
mod engine;
mod front_matter;
#[cfg(fuzzing)]
pub mod fuzzing;
mod hashes;
mod import;
mod index;
mod job;
mod lock;
mod lock_note;
mod lock_policy;
mod lock_settings;
mod open_vault;
mod outbox_rows;
mod packs;
mod policy;
mod proof;
mod pump;
mod read;
mod rebuild;
mod recovery;
mod rejoin;
mod rekey;
mod reseal;
mod reset;
mod session;
mod slots;
mod stage;
mod standing;
mod sync;
mod unlock;
mod upkeep;
mod vault_lock;
mod wait;
mod write;

pub use command::{
    Answer, ApiKeyView, CodeCheck, CodeView, Command, DeviceView, DraftInput, DraftView,
    Durability, Failure, ImportFile, ImportOutcome, ListItem, ListPage, LockSettingsView, LockView,
    MadeCode, MadeCodes, MarkedText, NewApiKeyView, NewRecord, NewestRows, Notice, Phase,
    PolicyView, Progress, RecordView, RecoveryCodes, RecoveryView, Reply, RequestId, SearchHit,
    SearchPage, SecretText, SignInLink, SyncPhase, SyncStatus, TypedGroupView, Unsent, UpgradeView,
    VaultState,
};
pub use effect::{
    Change, Effect, EffectId, Event, Flush, Method, Query, Request, Response, Rows, Store,
    StoreError, Timer, Unreachable,
};
pub use engine::Engine;
pub use lock_note::{LiftedBy, LockOrigin};
pub use lock_policy::{FormFactor, LockSettings};
