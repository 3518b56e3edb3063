//! Where the words of a query stand in a text.

use std::ops::Range;

use crate::query::{Clause, Query, Reach};
use crate::tokenize::fold::fold_into;
use crate::tokenize::{Token, TokenKind, Tokenizer};

/// A place that satisfies a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Byte range in the text.
    pub(super) range: Range<usize>,
    /// Which clause, counted over required words and then boosts.
    pub(super) clause: usize,
}

/// The places of `text` that match, by where they start.
pub(super) fn find(text: &str, query: &Query) -> Vec<Match> {
    let mut matches = Vec::new();
    if query.is_empty() {
        return matches;
    }
    let required = query.clauses().len();
    Tokenizer::default().tokenize(text, 0, &mut |token| {
        let clauses = query.clauses().iter().chain(query.boosts());
        for (index, clause) in clauses.enumerate() {
            // Joined words match as a whole only if they were asked for so;
            // else `tar` would mark all of `tar.example.org`.
            let is_boost = index >= required;
            if is_boost == (token.kind == TokenKind::Whole) && clause.accepts(token.term) {
                let range = matched_range(text, &token, clause);
                insert(
                    &mut matches,
                    Match {
                        range,
                        clause: index,
                    },
                );
            }
        }
    });
    matches
}

/// Keeps matches ordered by start; only joined words come late, and not far.
fn insert(matches: &mut Vec<Match>, found: Match) {
    let start = found.range.start;
    let before = matches.iter().rposition(|known| known.range.start <= start);
    matches.insert(before.map_or(0, |before| before + 1), found);
}

/// The whole word; of a pair only its first letter if no more was asked for.
fn matched_range(text: &str, token: &Token<'_>, clause: &Clause) -> Range<usize> {
    if token.kind == TokenKind::Gram && clause.reach == Reach::Prefix {
        let mut head = String::new();
        fold_into(
            &mut head,
            text.get(token.start..token.head_end).unwrap_or_default(),
        );
        if head.starts_with(&clause.term) {
            return token.start..token.head_end;
        }
    }
    token.start..token.end
}

/// The ranges of `matches`, overlapping and touching ones made one.
pub(super) fn merged(matches: &[Match]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::with_capacity(matches.len());
    for found in matches {
        match ranges.last_mut() {
            Some(last) if found.range.start <= last.end => last.end = last.end.max(found.range.end),
            _ => ranges.push(found.range.clone()),
        }
    }
    ranges
}
