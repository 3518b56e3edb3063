//! Words inside words: identifiers, flags, file names, `[c]reate`.

use super::runs::{Run, RunKind, char_at, run_at};

/// The longest mnemonic in bytes, a bound on the look ahead.
const MAX_MNEMONIC_BYTES: usize = 64;

/// The punctuation that joins words into one.
pub(super) const fn is_joiner(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b'@')
}

/// Whether no punctuation next to `run` can make it part of something larger:
/// the frequent case, decided by two bytes.
pub(super) fn stands_alone(text: &str, run: Run) -> bool {
    let bytes = text.as_bytes();
    let before = run.start.checked_sub(1).and_then(|at| bytes.get(at));
    let after = bytes.get(run.end).copied().unwrap_or(b' ');
    before != Some(&b'[') && after != b'[' && !is_joiner(after)
}

/// Where the chunk that begins with `first` ends: words joined by a single
/// `_`, `-`, `.` or `@`. Without a join, the end of `first`.
pub(super) fn chunk_end(text: &str, first: Run) -> usize {
    let bytes = text.as_bytes();
    let mut end = first.end;
    while bytes.get(end).copied().is_some_and(is_joiner) {
        match run_at(text, end + 1) {
            Some(run) if run.kind != RunKind::Grams => end = run.end,
            _ => break,
        }
    }
    end
}

/// The parts of an ASCII word at its changes of case: `HTTPServer2Go` gives
/// `HTTP`, `Server2` and `Go`. Nothing if there is only one part.
pub(super) fn camel_parts(
    bytes: &[u8],
    start: usize,
    end: usize,
) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut part_start = start;
    (start + 1..=end).filter_map(move |at| {
        let is_border = if at == end {
            part_start > start
        } else {
            is_camel_border(bytes, at, end)
        };
        is_border.then(|| {
            let part = (part_start, at);
            part_start = at;
            part
        })
    })
}

fn is_camel_border(bytes: &[u8], at: usize, end: usize) -> bool {
    let here = bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let before = bytes.get(at - 1).is_some_and(u8::is_ascii_uppercase);
    let after = at + 1 < end && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    here && (!before || after)
}

/// Where a word with bracketed letters ends, if `first` is its first run:
/// `[c]reate`, `g[z]ipped`, `Lis[t]` are how a manual shows the letter of a
/// flag, and Markdown renders them as one word.
pub(super) fn mnemonic_end(text: &str, first: Run) -> Option<usize> {
    let bytes = text.as_bytes();
    let opened = first
        .start
        .checked_sub(1)
        .is_some_and(|at| bytes.get(at) == Some(&b'['));
    let mut end = first.end;
    let mut brackets = 0;
    if opened {
        end = bracket_end(text, first.start - 1)?;
        brackets = 1;
        // A link's text in brackets is no mnemonic; letters must follow.
        end = run_at(text, end)
            .filter(|run| run.kind != RunKind::Grams)?
            .end;
    }
    while let Some(after) = bracket_end(text, end) {
        brackets += 1;
        end = after;
        if let Some(run) = run_at(text, end).filter(|run| run.kind != RunKind::Grams) {
            end = run.end;
        }
    }
    (brackets > 0 && end - first.start <= MAX_MNEMONIC_BYTES).then_some(end)
}

/// The offset behind `[x]` at `at`, for one to three letters `x`.
fn bracket_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.get(at) != Some(&b'[') {
        return None;
    }
    let run = run_at(text, at + 1).filter(|run| run.kind != RunKind::Grams)?;
    let inside = text.get(run.start..run.end)?;
    let few_letters = inside.chars().count() <= 3 && inside.chars().all(char::is_alphabetic);
    let closed = bytes.get(run.end) == Some(&b']') && char_at(text, run.end + 1) != Some('(');
    (few_letters && closed).then_some(run.end + 1)
}
