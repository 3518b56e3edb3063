//! A derivation label names one purpose: it is written once in the product.

use super::Violation;
use crate::files::TextFile;
use std::collections::BTreeMap;

/// How every label begins.
const PREFIX: &str = "\"lockstep/";

pub(super) fn check(files: &[TextFile]) -> Vec<Violation> {
    let mut first_places: BTreeMap<&str, String> = BTreeMap::new();
    let mut found = Vec::new();
    let product = |file: &&TextFile| {
        file.extension() == "rs" && file.path.starts_with("crates/") && file.path.contains("/src/")
    };
    for file in files.iter().filter(product) {
        let lines = file
            .text
            .lines()
            .take_while(|line| line.trim() != "#[cfg(test)]");
        for (number, line) in (1..).zip(lines) {
            let place = format!("{}:{number}", file.path);
            for label in labels(line) {
                if let Some(first) = first_places.get(label) {
                    found.push(Violation::new(
                        &place,
                        format!("`{label}` has a purpose already, at {first}"),
                    ));
                } else {
                    first_places.insert(label, place.clone());
                }
            }
        }
    }
    found
}

/// The labels of a line of code.
fn labels(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or("");
    code.match_indices(PREFIX)
        .filter_map(|(at, _)| code[at + 1..].split('"').next())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_label_with_two_purposes_is_found() {
        let one = sample(
            "crates/a/src/a.rs",
            "//! A.\nconst A: &str = \"lockstep/x/v1\";\n",
        );
        let two = sample(
            "crates/b/src/b.rs",
            "//! B.\nconst B: &[u8] = b\"lockstep/x/v1\";\n",
        );
        assert_eq!(check(&[one, two]).len(), 1);
    }

    #[test]
    fn labels_that_differ_are_left_alone() {
        let text =
            "//! A.\nconst A: &str = \"lockstep/x/v1\";\nconst B: &str = \"lockstep/x/v2\";\n";
        assert_eq!(check(&[sample("crates/a/src/a.rs", text)]), []);
    }
}
