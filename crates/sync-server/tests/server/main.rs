//! The real binary on a real port with a real database file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod api_keys;
mod bad_input;
mod canary;
mod client;
#[path = "../support/cluster.rs"]
mod cluster;
mod connections;
mod devices;
mod history;
mod lock;
mod openapi;
mod pages;
mod policies;
mod process;
mod protect;
mod recovery;
mod reset;
mod rotation;
mod routes;
mod shared;
mod socket;
mod socket_client;
mod startup;
mod vault;
