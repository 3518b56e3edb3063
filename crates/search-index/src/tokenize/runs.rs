//! Runs: stretches of text that hold nothing but word characters of one kind.

use super::class::{Class, class};

/// How the characters of a run become terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunKind {
    /// One word of ASCII letters and digits.
    Ascii,
    /// One word that needs Unicode folding.
    Word,
    /// Pairs of letters of a script without gaps between words.
    Grams,
}

/// A stretch of source text, as byte offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) kind: RunKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The first run that starts at or after `from`, a character border.
pub(super) fn next_run(text: &str, from: usize) -> Option<Run> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        if byte.is_ascii() {
            if byte.is_ascii_alphanumeric() {
                return Some(complete(text, at, RunKind::Ascii));
            }
            at += 1;
            continue;
        }
        let c = char_at(text, at)?;
        match class(c) {
            Class::Word => return Some(complete(text, at, RunKind::Word)),
            Class::Gram => return Some(complete(text, at, RunKind::Grams)),
            Class::Other | Class::Extend => at += c.len_utf8(),
        }
    }
    None
}

/// The run that starts exactly at `at`, if one does.
pub(super) fn run_at(text: &str, at: usize) -> Option<Run> {
    let kind = match class(char_at(text, at)?) {
        Class::Word => RunKind::Word,
        Class::Gram => RunKind::Grams,
        Class::Other | Class::Extend => return None,
    };
    let starts_ascii = text.as_bytes().get(at).is_some_and(u8::is_ascii);
    let kind = if starts_ascii { RunKind::Ascii } else { kind };
    Some(complete(text, at, kind))
}

/// The character that starts at byte `at`.
pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

fn complete(text: &str, start: usize, mut kind: RunKind) -> Run {
    let bytes = text.as_bytes();
    let mut end = start;
    while let Some(&byte) = bytes.get(end) {
        if byte.is_ascii() {
            if kind == RunKind::Grams || !byte.is_ascii_alphanumeric() {
                break;
            }
            end += 1;
            continue;
        }
        let Some(c) = char_at(text, end) else { break };
        match (class(c), kind) {
            (Class::Other, _) => break,
            (Class::Gram, RunKind::Ascii | RunKind::Word) | (Class::Word, RunKind::Grams) => break,
            (Class::Extend, RunKind::Grams) | (Class::Gram, RunKind::Grams) => {}
            (Class::Extend | Class::Word, _) => kind = RunKind::Word,
        }
        end += c.len_utf8();
    }
    Run { kind, start, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<(RunKind, &str)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(run) = next_run(text, at) {
            found.push((run.kind, &text[run.start..run.end]));
            at = run.end;
        }
        found
    }

    #[test]
    fn a_run_ends_where_the_kind_of_script_changes() {
        assert_eq!(
            runs("gzip形式で v1.2"),
            [
                (RunKind::Ascii, "gzip"),
                (RunKind::Grams, "形式で"),
                (RunKind::Ascii, "v1"),
                (RunKind::Ascii, "2"),
            ]
        );
    }

    #[test]
    fn marks_and_joiners_stay_inside_a_word() {
        assert_eq!(
            runs("e\u{301}te\u{301}"),
            [(RunKind::Word, "e\u{301}te\u{301}")]
        );
        assert_eq!(runs("soft\u{ad}ware"), [(RunKind::Word, "soft\u{ad}ware")]);
        assert_eq!(runs("किताब।"), [(RunKind::Word, "किताब")]);
    }

    #[test]
    fn marks_without_a_base_are_no_run() {
        assert_eq!(runs("\u{301} \u{301}"), []);
    }
}
