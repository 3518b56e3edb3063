//! The engine as an application sees it, over a disk and a server in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account;
mod codes;
mod crash;
mod damage;
mod drafts;
mod history;
mod hostile;
mod import;
mod keys;
mod lock;
mod lock_policy;
mod locked;
mod newest;
mod random;
mod rejoin;
mod secrecy;
mod session;
mod slots;
mod support;
mod sync;
mod vault_lock;
mod write;
