//! Vectors that nobody here wrote, held against the primitives as the core
//! calls them: Project Wycheproof's sets, NIST CAVP rows, RFCs.
//!
//! The same code runs natively and in a browser, and hands every row out, so
//! that a page can hold WebCrypto against them too.

mod published;
mod row;
mod wycheproof_sets;

use row::Row;
use serde::Serialize;

/// Rows of one source for one primitive.
struct Set {
    name: &'static str,
    rows: Vec<Row>,
}

/// What one set came to.
#[derive(Debug, Clone, Serialize)]
pub struct SetReport {
    /// Source and primitive.
    pub name: &'static str,
    /// Rows.
    pub count: usize,
    /// Of these, how many must be refused.
    pub invalid: usize,
    /// Of these, how many went through the core's own functions.
    pub through_the_core: usize,
    /// Rows that do not hold.
    pub failures: Vec<String>,
}

fn sets() -> Vec<Set> {
    let mut sets = wycheproof_sets::load();
    sets.extend(published::load());
    sets
}

/// Checks every row of every set.
#[must_use]
pub fn check_third_party() -> Vec<SetReport> {
    let report = |set: Set| {
        let outcomes: Vec<_> = set.rows.iter().map(|row| (row, row.check())).collect();
        SetReport {
            name: set.name,
            count: set.rows.len(),
            invalid: set.rows.iter().filter(|row| !row.valid).count(),
            through_the_core: set.rows.iter().filter(|row| row.is_of_the_core()).count(),
            failures: outcomes
                .into_iter()
                .filter(|(_, holds)| !holds)
                .map(|(row, _)| row.name.clone())
                .collect(),
        }
    };
    sets().into_iter().map(report).collect()
}

/// Checks every row and returns the reports as JSON.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
#[must_use]
pub fn run_third_party() -> String {
    serde_json::to_string(&check_third_party()).unwrap_or_default()
}

/// Every set with its rows as JSON, bytes in hexadecimal, for another
/// implementation.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
#[must_use]
pub fn third_party_rows() -> String {
    let sets: Vec<_> = sets()
        .iter()
        .map(|set| {
            let rows: Vec<_> = set.rows.iter().map(Row::to_json).collect();
            serde_json::json!({ "name": set.name, "rows": rows })
        })
        .collect();
    serde_json::Value::Array(sets).to_string()
}
