//! The vault in a browser: carries out, in a dedicated worker, what
//! `vault-engine` asks for.
//!
//! Layer 3. Converts, calls and converts back; everything that is decided is
//! decided further down. One file a subject: [`worker`] is what JavaScript
//! sees, [`driver`] runs the engine, [`storage`], [`network`], [`kdf`],
//! [`clock`] and [`random`] are the world around it.
//!
//! Trust boundary: `client_private`. This is the one module of the page's
//! origin that holds the vault key, and nothing that it exports returns one.

mod clock;
mod convert;
mod driver;
mod fault;
mod kdf;
mod lease;
mod network;
mod random;
mod storage;
mod transaction;
mod warm_up;
mod worker;

pub use worker::VaultWorker;
