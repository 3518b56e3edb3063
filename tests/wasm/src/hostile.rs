//! The hostile server of the core's own tests, for a browser: the same attacks
//! against the same client, compiled to wasm, a part of those that grow with
//! squares.

#[path = "../../../crates/vault-core/tests/attacks/mod.rs"]
mod attacks;

use attacks::Extent;
use serde::Serialize;

/// One kind of attack.
#[derive(Debug, Clone, Serialize)]
pub struct AttackReport {
    /// What was tried.
    pub name: &'static str,
    /// How often.
    pub cases: usize,
    /// Which tries succeeded.
    pub successes: Vec<String>,
}

/// Tries every attack and returns the reports as JSON.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
#[must_use]
pub fn run_hostile() -> String {
    let reports: Vec<_> = attacks::ALL
        .into_iter()
        .map(|attack| attack(Extent::Core))
        .map(|attack| AttackReport {
            name: attack.name,
            cases: attack.cases,
            successes: attack.successes,
        })
        .collect();
    serde_json::to_string(&reports).unwrap_or_default()
}
