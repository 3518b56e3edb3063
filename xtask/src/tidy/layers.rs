//! Arrows point down only, and the server cannot reach what decrypts.
//!
//! Layer numbers are those of ARCHITECTURE.md. A crate that is new to the
//! workspace fails here until it has a number.

use super::Violation;
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where each of our crates stands.
const LAYERS: [(&str, u8); 11] = [
    ("vault-types", 0),
    ("vault-core", 1),
    ("search-index", 1),
    ("sync-core", 1),
    ("vault-engine", 2),
    ("vault-wasm", 3),
    ("sync-server", 3),
    ("sim", TOOL),
    ("xtask", TOOL),
    ("vector-suite", TOOL),
    ("bench-suite", TOOL),
];

/// Not part of the product: may look at everything, and nothing looks at it.
const TOOL: u8 = u8::MAX;

/// What the server must not reach on any path: "the server cannot decrypt" is
/// a fact of this graph.
const KEPT_FROM_SERVER: [&str; 4] = ["vault-core", "search-index", "vault-engine", "vault-wasm"];

/// The highest layer that takes time, randomness and bytes as arguments.
const SANS_IO: u8 = 2;

/// Crates that reach for a clock, randomness, storage, a network or a runtime.
const IO_CRATES: [&str; 27] = [
    "async-std",
    "axum",
    "chrono",
    "futures",
    "futures-util",
    "getrandom",
    "gloo-timers",
    "hyper",
    "instant",
    "js-sys",
    "memmap2",
    "mio",
    "rand",
    "reqwest",
    "rexie",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tempfile",
    "time",
    "tokio",
    "ureq",
    "uuid",
    "wasm-bindgen",
    "web-sys",
    "web-time",
];

/// One of our crates and which others of ours it names.
pub(super) struct Package {
    pub(super) name: String,
    /// In `[dependencies]` and `[build-dependencies]`.
    pub(super) built_with: BTreeSet<String>,
    /// In `[dev-dependencies]`.
    pub(super) tested_with: BTreeSet<String>,
}

/// Our packages, as cargo sees them.
pub(super) fn packages(workspace: &Workspace) -> Result<Vec<Package>, XtaskError> {
    let text = Tool::cargo(workspace.root())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .read("Is this a complete checkout?")?;
    let metadata: Value = serde_json::from_str(&text).map_err(|_| XtaskError::Unexpected {
        what: "`cargo metadata` printed no JSON".to_owned(),
        remedy: "Update Rust with `rustup update`.".to_owned(),
    })?;
    let listed = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = listed(&metadata["packages"]);
    let ours: BTreeSet<String> = packages
        .iter()
        .map(|package| text(&package["name"]))
        .collect();
    Ok(packages
        .iter()
        .map(|package| {
            let mut read = Package {
                name: text(&package["name"]),
                built_with: BTreeSet::new(),
                tested_with: BTreeSet::new(),
            };
            for dependency in listed(&package["dependencies"]) {
                let name = text(&dependency["name"]);
                if !ours.contains(&name) {
                    continue;
                }
                match dependency["kind"].as_str() {
                    Some("dev") => read.tested_with.insert(name),
                    _ => read.built_with.insert(name),
                };
            }
            read
        })
        .collect())
}

/// Every arrow of the workspace against the layers.
pub(super) fn check(packages: &[Package]) -> Vec<Violation> {
    let layers: BTreeMap<&str, u8> = LAYERS.into_iter().collect();
    let mut found = Vec::new();
    for package in packages {
        let Some(&layer) = layers.get(package.name.as_str()) else {
            found.push(Violation::new(
                &package.name,
                "has no layer; give it one in xtask/src/tidy/layers.rs",
            ));
            continue;
        };
        for other in &package.built_with {
            let below = layers.get(other.as_str()).copied().unwrap_or(TOOL);
            if below >= layer {
                found.push(Violation::new(
                    &package.name,
                    format!("depends on {other}, which is not on a lower layer"),
                ));
            }
        }
    }
    for kept in KEPT_FROM_SERVER {
        if reaches(packages, "sync-server", kept) {
            found.push(Violation::new(
                "sync-server",
                format!("reaches {kept}; the server must not be able to decrypt"),
            ));
        }
    }
    found
}

/// Whether `from` gets to `to`; the tests of `from` itself count too.
fn reaches(packages: &[Package], from: &str, to: &str) -> bool {
    let find = |name: &str| packages.iter().find(|package| package.name == name);
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = find(from)
        .map(|package| package.built_with.iter().chain(&package.tested_with))
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name)
            && let Some(package) = find(name)
        {
            open.extend(package.built_with.iter().map(String::as_str));
        }
    }
    false
}

/// Whether a crate of layers 0 to 2 links something that does I/O, on this
/// machine or in a browser.
pub(super) fn check_io(workspace: &Workspace) -> Result<Vec<Violation>, XtaskError> {
    let mut found = Vec::new();
    for (name, layer) in LAYERS {
        if layer > SANS_IO {
            continue;
        }
        for target in [&[][..], &["--target", "wasm32-unknown-unknown"][..]] {
            let tree = Tool::cargo(workspace.root())
                .args([
                    "tree",
                    "--package",
                    name,
                    "--edges",
                    "normal",
                    "--prefix",
                    "none",
                ])
                .args(target)
                .read("See what it says above.")?;
            found.extend(check_tree(name, &tree));
        }
    }
    found.dedup();
    Ok(found)
}

/// `tree` holds one crate a line, its name first.
fn check_tree(package: &str, tree: &str) -> Vec<Violation> {
    let linked: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    IO_CRATES
        .iter()
        .filter(|name| linked.contains(**name))
        .map(|name| {
            Violation::new(
                package,
                format!("links {name}; layers 0 to {SANS_IO} do no I/O"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, built_with: &[&str], tested_with: &[&str]) -> Package {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Package {
            name: name.to_owned(),
            built_with: owned(built_with),
            tested_with: owned(tested_with),
        }
    }

    #[test]
    fn an_arrow_down_is_fine() {
        let good = [
            package("vault-types", &[], &[]),
            package("sync-core", &["vault-types"], &[]),
            package("sync-server", &["sync-core", "vault-types"], &["sync-core"]),
        ];
        assert_eq!(check(&good), []);
    }

    #[test]
    fn an_arrow_up_or_sideways_is_found() {
        assert_eq!(
            check(&[package("vault-core", &["vault-engine"], &[])]).len(),
            1
        );
        assert_eq!(
            check(&[package("vault-core", &["sync-core"], &[])]).len(),
            1
        );
        assert_eq!(check(&[package("vault-engine", &["xtask"], &[])]).len(), 1);
    }

    #[test]
    fn the_server_reaching_the_keys_is_found_over_detours_and_in_tests() {
        let detour = [
            package("sync-server", &["sync-core"], &[]),
            package("sync-core", &["vault-types"], &[]),
            package("vault-types", &["vault-core"], &[]),
            package("vault-core", &[], &[]),
        ];
        assert!(
            check(&detour)
                .iter()
                .any(|found| found.what.starts_with("reaches vault-core"))
        );
        let tests = [
            package("sync-server", &[], &["vault-core"]),
            package("vault-core", &[], &[]),
        ];
        assert!(
            check(&tests)
                .iter()
                .any(|found| found.what.starts_with("reaches vault-core"))
        );
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        assert_eq!(check(&[package("newcomer", &[], &[])]).len(), 1);
    }

    #[test]
    fn a_linked_clock_or_random_source_is_found() {
        let tree = "vault-core v0.1.0\nrand_core v0.10.0\ngetrandom v0.4.0\n";
        assert_eq!(check_tree("vault-core", tree).len(), 1);
        assert_eq!(
            check_tree("vault-core", "vault-core v0.1.0\nrand_core v0.10.0\n"),
            []
        );
    }
}
