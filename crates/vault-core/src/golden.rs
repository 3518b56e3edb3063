//! Golden vectors: the files under vectors/ are what this code makes of fixed
//! input, byte for byte. The `vector-suite` crate reads the same files
//! through the public interface, natively and in a browser.
//!
//! A vector changes with a new version of a format and never otherwise. To
//! write the files anew on purpose:
//! `LOCKSTEP_WRITE_VECTORS=1 cargo test -p vault-core golden`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod formats;
mod locks;
mod passphrases;
mod recovery;
mod slots;
mod vaults;

use crate::common::{FixedRng, rng};
use core::convert::Infallible;
use rand_core::{Rng, TryCryptoRng, TryRng};
use serde_json::{Value, json};
use std::path::Path;

/// Holds the cases against the file, or writes the file.
fn golden(name: &str, about: &str, cases: Vec<Value>) {
    let made = json!({ "about": about, "cases": cases });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let path = path.join(name);
    if std::env::var_os("LOCKSTEP_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&made).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(kept == made, "{name} is not what this code makes");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A random source that writes down what it gave.
struct Recorder {
    source: FixedRng,
    given: Vec<u8>,
}

impl Recorder {
    fn new(seed: u64) -> Self {
        Self {
            source: rng(seed),
            given: Vec::new(),
        }
    }

    /// What was given since the last call.
    fn take(&mut self) -> String {
        hex(&core::mem::take(&mut self.given))
    }
}

impl TryRng for Recorder {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.source.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.source.next_u64())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.source.fill_bytes(out);
        self.given.extend_from_slice(out);
        Ok(())
    }
}

impl TryCryptoRng for Recorder {}
