//! Holds the public interface of `vault-types` and `vault-core` against the
//! golden vectors under vectors/: natively with `cargo test`, and in a browser
//! through [`run_vectors`]. The files are compiled in.
//!
//! The vectors hold the random bytes that were drawn, so that sealing is
//! checked byte for byte and not opening alone.

mod case;
#[path = "../../../crates/vault-core/tests/common/mod.rs"]
mod common;
mod formats;
mod hostile;
mod passphrases;
mod slots;
mod third_party;
mod vaults;

use case::{Case, Mismatch};
use serde::Serialize;

pub use hostile::{AttackReport, run_hostile};
pub use third_party::{SetReport, check_third_party, run_third_party, third_party_rows};

/// A vector that does not hold.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Which case of the file, from 0.
    pub case: usize,
    /// What was found to differ.
    pub what: String,
}

/// One file of vectors.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// The file's name under vectors/.
    pub name: &'static str,
    /// How many cases it holds.
    pub count: usize,
    /// Those that do not hold.
    pub failures: Vec<Failure>,
}

/// Every file.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// One entry a file, in the order of their names.
    pub files: Vec<FileReport>,
}

impl Report {
    /// Whether every case of every file holds, and no file is empty.
    #[must_use]
    pub fn holds(&self) -> bool {
        let sound = |file: &FileReport| file.count > 0 && file.failures.is_empty();
        self.files.iter().all(sound)
    }
}

type Check = fn(&Case<'_>) -> Result<(), Mismatch>;

macro_rules! files {
    ($($name:literal => $check:path,)*) => {
        &[$(($name, include_str!(concat!("../../../vectors/", $name)), $check as Check),)*]
    };
}

const FILES: &[(&str, &str, Check)] = files! {
    "codec.json" => formats::check_codec,
    "import.json" => vaults::check_import,
    "kdf.json" => passphrases::check_kdf,
    "keyring.json" => vaults::check_keyring,
    "lock-statement.json" => slots::check_lock_statement,
    "op-header.json" => formats::check_op_header,
    "padding.json" => formats::check_padding,
    "passphrase.json" => passphrases::check_passphrase,
    "record-body.json" => formats::check_record_body,
    "recovery-code.json" => slots::check_recovery_code_case,
    "rotation.json" => slots::check_rotation,
    "sealed-object.json" => vaults::check_sealed_object,
    "sealed-op.json" => vaults::check_sealed_op,
    "slot-list.json" => vaults::check_slot_list,
    "slot-types.json" => slots::check_slot_types,
};

/// Checks every vector. Takes a second or two, for the key derivations.
#[must_use]
pub fn check_all() -> Report {
    let files = FILES.iter().map(|(name, text, check)| {
        let cases = case::cases(text);
        let failures = cases.iter().enumerate().filter_map(|(case, value)| {
            let what = check(&Case(value)).err()?.to_string();
            Some(Failure { case, what })
        });
        FileReport {
            name,
            count: cases.len(),
            failures: failures.collect(),
        }
    });
    Report {
        files: files.collect(),
    }
}

/// Checks every vector and returns the [`Report`] as JSON.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
#[must_use]
pub fn run_vectors() -> String {
    serde_json::to_string(&check_all()).unwrap_or_default()
}
