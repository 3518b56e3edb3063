//! What `cargo xtask bench records` measures: the product's own sealing,
//! opening and stretching, compiled with the product's profile, behind an
//! interface that only a measuring page has. The product's module exports
//! nothing of this kind.
//!
//! The random source and the way to WebCrypto are the files of `vault-wasm`
//! themselves, so that what is timed is what runs.

#[path = "../../crates/vault-wasm/src/kdf.rs"]
mod kdf;
#[path = "../../crates/vault-wasm/src/random.rs"]
mod random;
mod records;
mod stretching;

pub use records::Records;
pub use stretching::Stretching;
