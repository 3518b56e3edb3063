//! The engine as an application sees it, over a disk and a server in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hostile;
mod import;
mod lock;
mod session;
mod support;
mod sync;
mod write;
