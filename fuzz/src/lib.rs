//! What the fuzz targets do: one function a parser, and the seeds that its
//! corpus starts from.
//!
//! A target panics when something that must hold does not, and the fuzzer
//! takes that as a finding.

mod device;
mod keys;
mod sealed;
mod secrets;
mod seeds;
mod wire;
mod words;

use std::path::Path;

/// A parser under test.
pub struct Target {
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target, by the name of its file under `fuzz_targets/`.
const TARGETS: [Target; TARGET_COUNT] = [
    Target::new("slot", keys::slot, keys::slot_seeds),
    Target::new("slot_list", keys::slot_list, keys::slot_list_seeds),
    Target::new("keyring", keys::keyring, keys::keyring_seeds),
    Target::new("recovery_code", secrets::code, secrets::code_seeds),
    Target::new("policy", secrets::policy, secrets::policy_seeds),
    Target::new("lock_statement", sealed::lock, sealed::lock_seeds),
    Target::new("sealed_op", sealed::op, sealed::op_seeds),
    Target::new("sealed_object", sealed::object, sealed::object_seeds),
    Target::new("record_body", sealed::body, sealed::body_seeds),
    Target::new("op_header", sealed::header, sealed::header_seeds),
    Target::new("message", wire::message, wire::seeds),
    Target::new("segment", words::segment, words::segment_seeds),
    Target::new("query", words::query, words::query_seeds),
    Target::new("catalogue_page", device::page, device::page_seeds),
    Target::new("import", device::import, device::import_seeds),
    Target::new("device_row", device::row, device::row_seeds),
    Target::new("draft", device::draft, device::draft_seeds),
    Target::new("packed_operations", device::packed, device::packed_seeds),
];

const TARGET_COUNT: usize = 18;

impl Target {
    const fn new(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Self {
        Self { name, run, seeds }
    }

    /// The target with that name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn named(name: &str) -> &'static Self {
        static ALL: [Target; TARGET_COUNT] = TARGETS;
        ALL.iter()
            .find(|target| target.name == name)
            .expect("every target is listed in TARGETS")
    }

    /// One input.
    pub fn run(&self, data: &[u8]) {
        (self.run)(data);
    }

    /// Writes the seeds into the folder that `LOCKSTEP_FUZZ_SEEDS` names, so
    /// that the fuzzer, which looks there next, starts from real values.
    ///
    /// A corpus that grew from other seeds is dropped: what the vault of older
    /// vectors sealed opens still, and would pass for a forgery.
    ///
    /// # Panics
    /// If the folder cannot be written to.
    pub fn plant(&self) {
        let Some(folder) = std::env::var_os("LOCKSTEP_FUZZ_SEEDS") else {
            return;
        };
        let (folder, seeds) = (Path::new(&folder), (self.seeds)());
        let (grown_from, now) = (folder.with_extension("seeds"), seeds.concat());
        if std::fs::read(&grown_from).ok().as_ref() != Some(&now) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        for (at, seed) in seeds.iter().enumerate() {
            let path = folder.join(format!("seed-{at}"));
            std::fs::write(path, seed).expect("the folder of the corpus is writable");
        }
        std::fs::write(grown_from, now).expect("the folder of the corpora is writable");
    }
}
