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

pub(super) fn check(files: &[TextFile]) -> Vec<Violation> {
    let for_tests = test_modules(files);
    let is_product = |file: &&TextFile| !for_tests.iter().any(|module| module.holds(&file.path));
    files
        .iter()
        .filter(is_product)
        .flat_map(check_file)
        .collect()
}

fn check_file(file: &TextFile) -> Vec<Violation> {
    let starts = |folders: &[&str]| folders.iter().any(|folder| file.path.starts_with(folder));
    match file.extension() {
        "rs" if starts(&PURE) => impure_lines(file),
        "ts" | "tsx" if starts(&SHELLS) => deep_imports(file),
        _ => Vec::new(),
    }
}

/// A module that is compiled for tests only, by its path without ending.
struct TestModule(String);

impl TestModule {
    fn holds(&self, path: &str) -> bool {
        path.strip_prefix(&self.0)
            .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }
}

/// The modules that are declared below `#[cfg(test)]` in files of their own.
fn test_modules(files: &[TextFile]) -> Vec<TestModule> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "rs") {
        let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
        for pair in lines.windows(2) {
            let [attribute, declaration] = pair else {
                continue;
            };
            let name = declaration
                .strip_suffix(';')
                .and_then(|text| text.rsplit_once("mod "))
                .map(|(_, name)| name);
            if let (&"#[cfg(test)]", Some(name)) = (attribute, name) {
                found.push(TestModule(format!("{}{name}", children_of(&file.path))));
            }
        }
    }
    found
}

/// The folder in which a file's child modules lie, with its `/`.
fn children_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => format!("{folder}/"),
        _ => format!("{}/", path.trim_end_matches(".rs")),
    }
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
        assert_eq!(check(&[bad]).len(), 1);
        let elsewhere = sample(
            "crates/sync-server/src/a.rs",
            "//! A.\nuse std::time::Instant;\n",
        );
        assert_eq!(check(&[elsewhere]), []);
    }

    #[test]
    fn a_future_in_a_pure_layer_is_found() {
        let bad = sample(
            "crates/vault-core/src/a.rs",
            "//! A.\npub async fn open() {}\n",
        );
        assert_eq!(check(&[bad]).len(), 1);
    }

    #[test]
    fn comments_other_words_and_unit_tests_are_left_alone() {
        let good =
            "//! No std::time here.\nuse strand::X;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(check(&[sample("crates/vault-core/src/a.rs", good)]), []);
    }

    #[test]
    fn a_shell_that_imports_the_wasm_is_found() {
        let bad = sample(
            "web/src/a.ts",
            "import init from \"../../pkg/dist/lockstep.js\";\n",
        );
        assert_eq!(check(&[bad]).len(), 1);
        let good = sample(
            "web/src/a.ts",
            "import { Lockstep } from \"@lockstep/vault\";\n",
        );
        assert_eq!(check(&[good]), []);
    }

    #[test]
    fn a_module_for_tests_only_may_read_files() {
        let lib = sample(
            "crates/vault-core/src/lib.rs",
            "//! A.\n#[cfg(test)]\nmod golden;\n",
        );
        let golden = |path| sample(path, "//! A.\nuse std::fs;\n");
        let inside = golden("crates/vault-core/src/golden.rs");
        assert_eq!(check(&[lib, inside]), []);
        let elsewhere = golden("crates/vault-core/src/other/golden.rs");
        assert_eq!(check(&[elsewhere]).len(), 1);
    }
}
