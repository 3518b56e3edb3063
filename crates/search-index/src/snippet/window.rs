//! Which part of a text to show.

use std::ops::Range;

use super::matches::Match;
use crate::tokenize::extends_character;

/// How many characters a cut may move to reach white space; scripts without
/// gaps are cut between letters.
const MAX_SHIFT_CHARS: usize = 24;

/// The byte range of about `window_chars` characters with the most different
/// clauses, then the most matches, then the earliest.
pub(super) fn choose(text: &str, matches: &[Match], window_chars: usize) -> Range<usize> {
    let core = best_core(text, matches, window_chars).unwrap_or(0..0);
    let core_chars = text.get(core.clone()).unwrap_or_default().chars().count();
    // A third of what is left goes before the matches, the rest behind.
    let lead = window_chars.saturating_sub(core_chars) / 3;
    let before = text.get(..core.start).unwrap_or_default();
    let start = before
        .char_indices()
        .rev()
        .take(lead)
        .last()
        .map_or(core.start, |(at, _)| at);
    let start = start_of_word(text, start, core.start);
    let rest = text.get(start..).unwrap_or_default();
    let end = rest
        .char_indices()
        .nth(window_chars)
        .map_or(text.len(), |(at, _)| start + at);
    start..end_of_word(text, end.max(core.end), core.end.max(start))
}

/// From the first to the last match of the best group that fits the window.
fn best_core(text: &str, matches: &[Match], window_chars: usize) -> Option<Range<usize>> {
    let mut best: Option<((u32, usize), Range<usize>)> = None;
    for (index, first) in matches.iter().enumerate() {
        let mut clauses = 0_u64;
        let mut count = 0;
        let mut end = first.range.end;
        for found in matches.get(index..).unwrap_or_default() {
            let reach = text
                .get(first.range.start..found.range.end)
                .unwrap_or_default();
            // Bytes bound characters, so most groups need no counting.
            if count > 0 && reach.len() > window_chars && reach.chars().count() > window_chars {
                break;
            }
            clauses |= 1 << (found.clause % 64);
            count += 1;
            end = end.max(found.range.end);
        }
        let rank = (clauses.count_ones(), count);
        if best.as_ref().is_none_or(|(known, _)| *known < rank) {
            best = Some((rank, first.range.start..end));
        }
    }
    best.map(|(_, core)| core)
}

/// Moves a cut at `at` forward to the beginning of a word, at most to `limit`.
fn start_of_word(text: &str, at: usize, limit: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    if before.chars().next_back().is_none_or(char::is_whitespace) {
        return at;
    }
    let ahead = text.get(at..limit).unwrap_or_default();
    let gap = ahead
        .char_indices()
        .take(MAX_SHIFT_CHARS)
        .find(|(_, c)| c.is_whitespace());
    match gap {
        Some((offset, c)) => at + offset + c.len_utf8(),
        // No gap nearby: cut between letters, but not before a mark.
        None => {
            let letter = ahead.char_indices().find(|(_, c)| !extends_character(*c));
            letter.map_or(limit, |(offset, _)| at + offset)
        }
    }
}

/// Moves a cut at `at` back to the end of a word, at least to `limit`.
fn end_of_word(text: &str, at: usize, limit: usize) -> usize {
    let after = text.get(at..).unwrap_or_default();
    if after.chars().next().is_none_or(char::is_whitespace) {
        return at;
    }
    let behind = text.get(limit..at).unwrap_or_default();
    let gap = behind
        .char_indices()
        .rev()
        .take(MAX_SHIFT_CHARS)
        .find(|(_, c)| c.is_whitespace());
    match gap {
        Some((offset, _)) => limit + offset,
        None => {
            // The character at the cut may be a mark of the one before it.
            let ahead = text.get(limit..).unwrap_or_default().char_indices();
            let borders = ahead
                .filter(|(_, c)| !extends_character(*c))
                .map(|(offset, _)| limit + offset);
            borders
                .take_while(|border| *border <= at)
                .last()
                .unwrap_or(at)
        }
    }
}
