//! The engine as an application sees it, over a disk and a server in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crash;
mod damage;
mod hostile;
mod import;
mod lock;
mod random;
mod secrecy;
mod session;
mod slots;
mod support;
mod sync;
mod write;
