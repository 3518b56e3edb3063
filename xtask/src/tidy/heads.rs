//! Every source file says what it is for, and has one subject.

use super::Violation;
use crate::files::TextFile;

/// Beyond this a file holds more than one subject.
const LINES_MAX: usize = 600;

pub(super) fn check(file: &TextFile) -> Vec<Violation> {
    let mut found = Vec::new();
    let head_missing = match file.extension() {
        "rs" => !file.text.starts_with("//!"),
        "ts" | "tsx" => !(file.text.starts_with("/*") || file.text.starts_with("//")),
        _ => return found,
    };
    if head_missing {
        found.push(Violation::new(
            &file.path,
            "does not begin by saying what it is for",
        ));
    }
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        found.push(Violation::new(
            &file.path,
            format!("has {lines} lines; split it by subject"),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(check(&sample("xtask/src/a.rs", "use std::fmt;\n")).len(), 1);
        assert_eq!(
            check(&sample("web/src/a.tsx", "import x from \"y\";\n")).len(),
            1
        );
        assert_eq!(check(&sample("web/src/a.tsx", "/** The list. */\n")), []);
    }

    #[test]
    fn a_long_file_is_found() {
        let long = format!("//! Long.\n{}", "fn f() {}\n".repeat(LINES_MAX));
        assert_eq!(check(&sample("xtask/src/a.rs", &long)).len(), 1);
    }
}
