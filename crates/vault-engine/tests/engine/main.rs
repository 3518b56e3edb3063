//! The engine as an application sees it, over a disk and a server in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod import;
mod lock;
mod support;
mod sync;
mod write;
