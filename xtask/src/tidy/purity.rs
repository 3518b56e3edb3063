//! Layers 0 to 2 name no clock, file, network, thread or future; TypeScript
//! outside the package reaches the core through the package only.

use super::Violation;
use crate::files::TextFile;

/// Crates of layers 0 to 2.
const PURE: [&str; 5] = [
    "crates/vault-types/src/",
    "crates/vault-core/src/",
    "crates/search-index/src/",
    "crates/sync-core/src/",
    "crates/vault-engine/src/",
];

const IMPURE: [&str; 9] = [
    "std::time",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::process",
    "rand::",
    "async fn",
    ".await",
];

/// TypeScript that must not know how the package is made.
const SHELLS: [&str; 3] = ["web/", "sw/", "tests/e2e/"];

const BEHIND_THE_PACKAGE: [&str; 4] = ["crates/", "lockstep_bg", "lockstep.js", "pkg/src"];

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    let starts = |folders: &[&str]| folders.iter().any(|folder| file.path.starts_with(folder));
    match file.extension() {
        "rs" if starts(&PURE) && !is_test_file(&file.path) => impure_lines(file),
        "ts" | "tsx" if starts(&SHELLS) => deep_imports(file),
        _ => Vec::new(),
    }
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn impure_lines(file: &TextFile) -> Vec<Violation> {
    let mut found = Vec::new();
    for (number, line) in product_lines(&file.text) {
        let code = line.split("//").next().unwrap_or("");
        for name in IMPURE {
            if let Some(at) = code.find(name)
                && !continues_a_word(code, at)
            {
                found.push(Violation::new(
                    format!("{}:{number}", file.path),
                    format!("uses `{name}`; layers 0 to 2 take what they need as arguments"),
                ));
            }
        }
    }
    found
}

/// `strand::` is not `rand::`.
fn continues_a_word(code: &str, at: usize) -> bool {
    code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The lines before the module of unit tests, which stands last in a file.
fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
}

fn deep_imports(file: &TextFile) -> Vec<Violation> {
    let imports = |line: &&str| line.contains("import") || line.contains(" from ");
    file.text
        .lines()
        .filter(imports)
        .filter_map(|line| {
            let name = BEHIND_THE_PACKAGE
                .iter()
                .find(|name| line.contains(**name))?;
            Some(Violation::new(
                &file.path,
                format!("imports `{name}`; use the package @lockstep/vault"),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_clock_in_a_pure_layer_is_found() {
        let bad = sample(
            "crates/sync-core/src/a.rs",
            "//! A.\nuse std::time::Instant;\n",
        );
        assert_eq!(check(&bad).len(), 1);
        let elsewhere = sample(
            "crates/sync-server/src/a.rs",
            "//! A.\nuse std::time::Instant;\n",
        );
        assert_eq!(check(&elsewhere), []);
    }

    #[test]
    fn a_future_in_a_pure_layer_is_found() {
        let bad = sample(
            "crates/vault-core/src/a.rs",
            "//! A.\npub async fn open() {}\n",
        );
        assert_eq!(check(&bad).len(), 1);
    }

    #[test]
    fn comments_other_words_and_unit_tests_are_left_alone() {
        let good =
            "//! No std::time here.\nuse strand::X;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(check(&sample("crates/vault-core/src/a.rs", good)), []);
    }

    #[test]
    fn a_shell_that_imports_the_wasm_is_found() {
        let bad = sample(
            "web/src/a.ts",
            "import init from \"../../pkg/dist/lockstep.js\";\n",
        );
        assert_eq!(check(&bad).len(), 1);
        let good = sample(
            "web/src/a.ts",
            "import { Lockstep } from \"@lockstep/vault\";\n",
        );
        assert_eq!(check(&good), []);
    }
}
