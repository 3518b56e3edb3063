//! Every error code that a caller can meet is in the documents.

use super::Violation;
use crate::files::TextFile;

const SOURCE: &str = "crates/vault-types/src/code.rs";
/// A code belongs to the protocol, to the package, or to both.
const DOCUMENTS: [&str; 2] = ["docs/PROTOCOL.md", "pkg/README.md"];

pub(super) fn check(files: &[TextFile]) -> Vec<Violation> {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    let Some(source) = find(SOURCE) else {
        return vec![Violation::new(
            SOURCE,
            "is not where the error codes are looked for",
        )];
    };
    let documents: Vec<&TextFile> = DOCUMENTS.iter().filter_map(|path| find(path)).collect();
    codes(&source.text)
        .filter(|code| {
            let quoted = format!("`{code}`");
            !documents
                .iter()
                .any(|document| document.text.contains(&quoted))
        })
        .map(|code| {
            Violation::new(
                SOURCE,
                format!("`{code}` is in none of {}", DOCUMENTS.join(", ")),
            )
        })
        .collect()
}

/// The codes of lines such as `Locked = "locked", "The vault is locked.";`.
fn codes(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let (name, rest) = line.trim().split_once(" = \"")?;
        let (code, sentence) = rest.split_once("\", \"")?;
        let is_name = name.chars().all(char::is_alphanumeric);
        (is_name && sentence.ends_with("\";")).then_some(code)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn an_undocumented_code_is_found() {
        let source = sample(SOURCE, "    Locked = \"locked\", \"It is locked.\";\n");
        let document = sample("pkg/README.md", "| `locked` | it is locked |\n");
        assert_eq!(check(&[source, document]), []);
        let source = sample(SOURCE, "    Locked = \"locked\", \"It is locked.\";\n");
        assert_eq!(check(&[source]).len(), 1);
    }
}
