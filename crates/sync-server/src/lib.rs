//! The server: accounts, devices, one-time links, and per vault a history of
//! operations that it orders, stores and serves and cannot read.
//!
//! Layer 3, an adapter: it does what `sync-core` decides. It never links
//! `vault-core`; a server that could decrypt would not build.
//!
//! Trust boundary: `server_trusted`. Whoever runs the server sees what is
//! here: ciphertext, and what standard records say.

mod administer;
mod api_key;
mod clock;
pub mod command;
mod data_dir;
mod database;
mod failure;
mod http;
mod key_command;
mod link;
mod policy;
mod serve;
pub mod store;
mod token;

pub use failure::StartError;
pub use http::{Access, Method, Route, WhileLocked};
