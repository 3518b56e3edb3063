//! What an attacker can try bytes against is compared in constant time.
//!
//! The compiler cannot tell a secret's bytes from others, so that this is held
//! by name: the functions that compare, and the types that must not be
//! comparable by `==` at all. That the comparison behaves is measured by
//! `cargo xtask bench timing`.

use super::Violation;
use crate::files::TextFile;

/// Where the keys are.
const KEYS: &str = "crates/vault-core/src/key.rs";
/// The functions that hold given bytes against secret ones.
const COMPARING: [&str; 3] = ["commits_to", "seals_slot_list", "states_lock"];
/// What keys are made of.
const SECRET: [&str; 4] = ["DerivedKey", "SlotKeys", "Kek", "EpochKeys"];
/// Names of bytes that come from outside and are held against secret ones.
const HELD_AGAINST: [&str; 5] = ["commitment", "seal", "mac", "verifier", "expose_key()"];

pub(super) fn check(files: &[TextFile]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path == KEYS) {
        found.extend(COMPARING.iter().filter_map(|name| {
            let body = body_of(&file.text, name);
            let constant = body.is_some_and(|body| body.contains(".ct_eq("));
            (!constant).then(|| {
                let what = format!("`{name}` does not compare with subtle's `ct_eq`");
                Violation::new(&file.path, what)
            })
        }));
        found.extend(SECRET.iter().filter_map(|name| {
            let comparable = derives(&file.text, name)?.contains("PartialEq");
            comparable.then(|| {
                let what = format!("`{name}` can be compared by `==`, which takes a shortcut");
                Violation::new(&file.path, what)
            })
        }));
    }
    let of_core = |file: &&TextFile| file.path.starts_with("crates/vault-core/src/");
    for file in files.iter().filter(of_core) {
        let code = file.text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
        for (number, line) in (1..).zip(code.lines()) {
            if takes_a_shortcut(line) {
                found.push(Violation::new(
                    format!("{}:{number}", file.path),
                    "compares secret bytes by `==`; use subtle's `ct_eq`",
                ));
            }
        }
    }
    found
}

/// The text of a function, up to the next one.
fn body_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let from = text.find(&format!("fn {name}("))?;
    let body = &text[from + 3..];
    Some(&body[..body.find("fn ").unwrap_or(body.len())])
}

/// The attributes in front of a struct.
fn derives<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = text.find(&format!("struct {name}"))?;
    let before = &text[..at];
    Some(&before[before.rfind("\n\n").unwrap_or(0)..])
}

/// Whether a line of code compares such bytes by an operator.
fn takes_a_shortcut(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    let compared = code.split_once("==").or_else(|| code.split_once("!="));
    let Some((left, right)) = compared else {
        return false;
    };
    let left = left.split_whitespace().last().unwrap_or("");
    let right = right
        .trim_start()
        .split([' ', ';', '{'])
        .next()
        .unwrap_or("");
    let last = |path: &str| {
        let path = path
            .trim_end_matches([')', '(', '.'])
            .trim_end_matches(".0");
        path.rsplit(['.', '&', '*', '('])
            .next()
            .unwrap_or("")
            .to_owned()
    };
    [left, right].into_iter().any(|side| {
        let name = last(side);
        HELD_AGAINST
            .iter()
            .any(|held| name == held.trim_end_matches("()"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const GOOD: &str = "//! Keys.\n\n#[derive(Zeroize)]\npub(crate) struct DerivedKey([u8; 32]);\n\n\
        fn commits_to(&self) -> bool {\n    self.0.ct_eq(other).into()\n}\n\
        fn seals_slot_list(&self) -> bool {\n    a.ct_eq(b).into()\n}\n\
        fn states_lock(&self) -> bool {\n    a.ct_eq(b).into()\n}\n";

    #[test]
    fn constant_comparisons_are_fine() {
        assert_eq!(check(&[sample(KEYS, GOOD)]), []);
    }

    #[test]
    fn a_comparison_without_subtle_is_found() {
        let bad = GOOD.replacen("self.0.ct_eq(other).into()", "self.0 == *other", 1);
        assert_eq!(check(&[sample(KEYS, &bad)]).len(), 1);
        let gone = GOOD.replace("fn states_lock", "fn another");
        assert_eq!(check(&[sample(KEYS, &gone)]).len(), 1);
    }

    #[test]
    fn a_key_that_can_be_compared_is_found() {
        let bad = GOOD.replace("derive(Zeroize)", "derive(Zeroize, PartialEq)");
        assert_eq!(check(&[sample(KEYS, &bad)]).len(), 1);
    }

    #[test]
    fn a_shortcut_elsewhere_is_found() {
        let path = "crates/vault-core/src/slot.rs";
        for line in [
            "if keys.commitment() != self.commitment.0 {",
            "self.seal == other",
            "key.expose_key() == given",
        ] {
            let text = format!("//! A slot.\n{line}\n");
            assert_eq!(check(&[sample(path, &text)]).len(), 1, "{line}");
        }
        let fine = "//! A slot.\nself.kdf == other\n// a commitment == b\nlen != Self::LEN\n";
        assert_eq!(check(&[sample(path, fine)]), []);
    }
}
