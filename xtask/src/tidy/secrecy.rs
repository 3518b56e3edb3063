//! No tracked file knows a particular machine or a package registry.

use super::Violation;
use crate::files::TextFile;

/// Folders of particular machines, and hosts that a mirror stands in for. In
/// halves, so that this file does not break its own rule.
const FOREIGN: [(&str, &str); 9] = [
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("/wo", "rk/"),
    ("/tm", "p/"),
    ("/Use", "rs/"),
    ("registry.npm", "js.org"),
    ("static.crat", "es.io"),
    ("index.crat", "es.io"),
    ("\"resolved\": \"ht", "tp"),
];

/// Texts of other people, copied unchanged.
const FIXTURES: &str = "tests/e2e/fixtures/";

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    if file.path.starts_with(FIXTURES) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        for (first, second) in FOREIGN {
            let word = format!("{first}{second}");
            if line
                .match_indices(&word)
                .any(|(at, _)| begins_a_path(line, at))
            {
                found.push(Violation::new(
                    format!("{}:{number}", file.path),
                    format!("names `{word}`, which only one machine or mirror has"),
                ));
            }
        }
    }
    found
}

/// Behind a folder of ours the same letters are a path of the project.
fn begins_a_path(line: &str, at: usize) -> bool {
    !line.as_bytes()[at].eq(&b'/')
        || !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~*}".contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_machine_path_is_found() {
        for (first, second) in FOREIGN {
            let bad = sample("docs/A.md", &format!("see \"{first}{second}x\"\n"));
            assert_eq!(check(&bad).len(), 1, "{first}{second}");
        }
    }

    #[test]
    fn a_path_of_the_project_is_left_alone() {
        let good = sample("docs/A.md", &format!("see crates{}{}x\n", "/wo", "rk/"));
        assert_eq!(check(&good), []);
    }
}
