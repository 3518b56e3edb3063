//! Every dependency from outside gives its reason.
//!
//! In a Cargo.toml: a comment on its line, or above its block. In a
//! package.json, which knows no comments: a line of the README beside it that
//! names it, or of CONTRIBUTING.md for those of the whole checkout.

use super::Violation;
use crate::files::TextFile;

/// The feature that opens the core's bare primitives to the reader of
/// third-party vectors. No part of the product turns it on.
const FOR_VECTORS: &str = "\"primitives\"";

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    if file.path != "Cargo.toml" && !file.path.ends_with("/Cargo.toml") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let of_product = file.path == "Cargo.toml" || file.path.starts_with("crates/");
    if of_product && file.text.contains(FOR_VECTORS) {
        found.push(Violation::new(
            &file.path,
            format!("turns on {FOR_VECTORS}, which is for vectors alone"),
        ));
    }
    let (mut in_dependencies, mut block_explained) = (false, false);
    for line in file.text.lines().map(str::trim) {
        if line.is_empty() {
            block_explained = false;
        } else if line.starts_with('[') {
            in_dependencies = line.trim_end_matches(']').ends_with("dependencies");
            block_explained = false;
        } else if line.starts_with('#') {
            block_explained = true;
        } else if in_dependencies && !block_explained && !explains_itself(line) {
            let name = line.split(['=', '.', ' ']).next().unwrap_or(line);
            found.push(Violation::new(
                &file.path,
                format!("{name} comes without a reason; add a comment"),
            ));
        }
    }
    found
}

/// Our own crates need no reason, and those of the workspace have theirs at
/// the root.
fn explains_itself(line: &str) -> bool {
    let continues = !line.contains('=');
    continues || line.contains('#') || line.contains("path =") || line.contains("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_product_that_opens_the_primitives_is_found() {
        let line = "vault-core = { workspace = true, features = [\"primitives\"] }\n";
        let text = format!("[dependencies]\n{line}");
        assert_eq!(check(&sample("crates/a/Cargo.toml", &text)).len(), 1);
        assert_eq!(check(&sample("tests/wasm/Cargo.toml", &text)), []);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let bad = sample("crates/a/Cargo.toml", "[dependencies]\nserde = \"1\"\n");
        assert_eq!(check(&bad).len(), 1);
        let dev = sample("crates/a/Cargo.toml", "[dev-dependencies]\nserde = \"1\"\n");
        assert_eq!(check(&dev).len(), 1);
    }

    #[test]
    fn reasons_on_the_line_above_the_block_and_at_the_root_count() {
        let good = "[package]\nname = \"a\"\n\n[dependencies]\nserde = \"1\" # messages\n\n\
                    # Tests.\nx = \"1\"\ny = \"2\"\n\n[dev-dependencies]\nz.workspace = true\n\
                    w = { workspace = true }\n";
        assert_eq!(check(&sample("crates/a/Cargo.toml", good)), []);
    }
}
