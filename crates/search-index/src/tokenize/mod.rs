//! From text to terms.
//!
//! Words are the runs of letters, digits and marks that UAX #29 finds, but
//! punctuation inside a word (an apostrophe, a full stop between letters, an
//! underscore) ends it: `l'outil` is findable as `outil`, and `foo_bar` by
//! both of its parts. What the punctuation joined is one more term, the
//! whole, for identifiers, flags, host names, file names and e-mail addresses.
//!
//! Scripts without gaps between words are cut into overlapping pairs of
//! letters (a letter keeps its marks); the last letter of a run is a term by
//! itself, so that every letter starts at least one term and a query of one
//! letter is a prefix query.

mod class;
mod compound;
pub(crate) mod fold;
mod marks;
mod runs;

use compound::{camel_parts, chunk_end, mnemonic_end, stands_alone};
use fold::fold_into;
use runs::{Run, RunKind, next_run};

/// The longest term in bytes; longer words are cut to this on both sides,
/// when indexed and when searched.
pub(crate) const MAX_TERM_BYTES: usize = 64;

/// Which part of the text a term stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word.
    Word,
    /// Two neighbouring letters of a script without gaps.
    Gram,
    /// The last letter of a run of such a script.
    Tail,
    /// A part of the word at the same position: `camel` in `camelCase`.
    Part,
    /// Several words with the punctuation that joins them: `foo_bar`.
    Whole,
}

impl TokenKind {
    /// Whether the token takes a position of its own and counts as length.
    pub(crate) const fn is_primary(self) -> bool {
        matches!(self, Self::Word | Self::Gram | Self::Tail)
    }
}

/// One term of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The folded form, 1 to [`MAX_TERM_BYTES`] bytes.
    pub(crate) term: &'a str,
    pub(crate) kind: TokenKind,
    /// Where it stands, counted in primary tokens.
    pub(crate) position: u32,
    /// Byte range in the source.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where the first letter of a [`TokenKind::Gram`] ends; else `end`.
    pub(crate) head_end: usize,
}

/// One letter of a gram run with its marks.
#[derive(Clone, Copy, Debug)]
struct Letter {
    start: usize,
    end: usize,
    folded_start: usize,
    folded_end: usize,
}

/// Cuts text into tokens; keeps its buffers between calls.
#[derive(Debug, Default)]
pub(crate) struct Tokenizer {
    folded: String,
    letters: Vec<Letter>,
}

impl Tokenizer {
    /// Calls `emit` for every token of `text`, positions counted from
    /// `first_position`; returns the first position that was not used.
    /// Within one term, positions never descend.
    pub(crate) fn tokenize(
        &mut self,
        text: &str,
        first_position: u32,
        emit: &mut impl FnMut(Token<'_>),
    ) -> u32 {
        let mut position = first_position;
        let mut at = 0;
        while let Some(run) = next_run(text, at) {
            if run.kind == RunKind::Grams {
                position = self.emit_grams(text, run, position, emit);
                at = run.end;
            } else if stands_alone(text, run) {
                self.emit_word(text, run, position, emit);
                position = position.saturating_add(1);
                at = run.end;
            } else if let Some(end) = mnemonic_end(text, run) {
                self.emit_mnemonic(text, run.start, end, position, emit);
                position = position.saturating_add(1);
                at = end;
            } else {
                (at, position) = self.emit_chunk(text, run, position, emit);
            }
        }
        position
    }

    /// A word and the words joined to it, then the whole of them.
    fn emit_chunk(
        &mut self,
        text: &str,
        first: Run,
        first_position: u32,
        emit: &mut impl FnMut(Token<'_>),
    ) -> (usize, u32) {
        let end = chunk_end(text, first);
        let mut position = first_position;
        let mut at = first.start;
        while let Some(run) = next_run(text, at).filter(|run| run.end <= end) {
            self.emit_word(text, run, position, emit);
            position = position.saturating_add(1);
            at = run.end;
        }
        if end > first.end {
            self.emit_whole(text, first.start, end, first_position, emit);
        }
        (end, position)
    }

    /// A whole that does not fit a term is left out: cut, it could equal one
    /// of its own words, and positions of a term must not descend.
    fn emit_whole(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        position: u32,
        emit: &mut impl FnMut(Token<'_>),
    ) {
        if end - start > MAX_TERM_BYTES {
            return;
        }
        self.folded.clear();
        fold_into(&mut self.folded, text.get(start..end).unwrap_or_default());
        if self.folded.len() <= MAX_TERM_BYTES {
            let term = self.folded.as_str();
            emit(Token {
                term,
                kind: TokenKind::Whole,
                position,
                start,
                end,
                head_end: end,
            });
        }
    }

    fn emit_word(&mut self, text: &str, run: Run, position: u32, emit: &mut impl FnMut(Token<'_>)) {
        let Run { kind, start, end } = run;
        if kind != RunKind::Ascii {
            return self.emit_slice(text, (start, end), TokenKind::Word, position, emit);
        }
        let source = text.get(start..end).unwrap_or_default();
        let source = source.get(..MAX_TERM_BYTES).unwrap_or(source);
        let has_capital_inside = source.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
        self.folded.clear();
        self.folded.push_str(source);
        self.folded.make_ascii_lowercase();
        emit(Token {
            term: &self.folded,
            kind: TokenKind::Word,
            position,
            start,
            end,
            head_end: end,
        });
        if has_capital_inside {
            for part in camel_parts(text.as_bytes(), start, start + source.len()) {
                self.emit_slice(text, part, TokenKind::Part, position, emit);
            }
        }
    }

    /// `[c]reate` is the word `create`; its pieces are parts of it.
    fn emit_mnemonic(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        position: u32,
        emit: &mut impl FnMut(Token<'_>),
    ) {
        let mut word = String::with_capacity(end - start);
        let source = text.get(start..end).unwrap_or_default();
        word.extend(source.chars().filter(|c| !matches!(c, '[' | ']')));
        self.folded.clear();
        fold_into(&mut self.folded, &word);
        let term = cut_term(&self.folded);
        if !term.is_empty() {
            let kind = TokenKind::Word;
            emit(Token {
                term,
                kind,
                position,
                start,
                end,
                head_end: end,
            });
        }
        let mut at = start;
        while let Some(run) = next_run(text, at).filter(|run| run.end <= end) {
            self.emit_slice(text, (run.start, run.end), TokenKind::Part, position, emit);
            at = run.end;
        }
    }

    fn emit_slice(
        &mut self,
        text: &str,
        (start, end): (usize, usize),
        kind: TokenKind,
        position: u32,
        emit: &mut impl FnMut(Token<'_>),
    ) {
        self.folded.clear();
        fold_into(&mut self.folded, text.get(start..end).unwrap_or_default());
        let term = cut_term(&self.folded);
        if !term.is_empty() {
            emit(Token {
                term,
                kind,
                position,
                start,
                end,
                head_end: end,
            });
        }
    }

    fn emit_grams(
        &mut self,
        text: &str,
        run: Run,
        first_position: u32,
        emit: &mut impl FnMut(Token<'_>),
    ) -> u32 {
        self.split_letters(text, run);
        let mut position = first_position;
        for (index, letter) in self.letters.iter().enumerate() {
            let (kind, last) = match self.letters.get(index + 1) {
                Some(next) => (TokenKind::Gram, next),
                None => (TokenKind::Tail, letter),
            };
            let folded = self.folded.get(letter.folded_start..last.folded_end);
            let term = cut_term(folded.unwrap_or_default());
            let (start, end, head_end) = (letter.start, last.end, letter.end);
            emit(Token {
                term,
                kind,
                position,
                start,
                end,
                head_end,
            });
            position = position.saturating_add(1);
        }
        position
    }

    /// Fills `letters` with the letters of `run` and `folded` with their
    /// folded forms, one after the other.
    fn split_letters(&mut self, text: &str, run: Run) {
        self.letters.clear();
        self.folded.clear();
        let source = text.get(run.start..run.end).unwrap_or_default();
        let borders = source
            .char_indices()
            .filter(|(_, c)| class::class(*c) == class::Class::Gram)
            .map(|(offset, _)| run.start + offset)
            .skip(1)
            .chain([run.end]);
        let mut start = run.start;
        for end in borders {
            let folded_start = self.folded.len();
            fold_into(&mut self.folded, text.get(start..end).unwrap_or_default());
            let folded_end = self.folded.len();
            if folded_end > folded_start {
                self.letters.push(Letter {
                    start,
                    end,
                    folded_start,
                    folded_end,
                });
            }
            start = end;
        }
    }
}

/// Whether `term` came from a [`TokenKind::Whole`]: no other kind holds the
/// punctuation that joins words.
pub(crate) fn is_whole(term: &[u8]) -> bool {
    term.iter().any(|byte| compound::is_joiner(*byte))
}

/// Whether `c` belongs to the character before it, so that no text should be
/// cut there.
pub(crate) fn extends_character(c: char) -> bool {
    class::class(c) == class::Class::Extend
}

/// The longest prefix of `folded` that fits a term.
fn cut_term(folded: &str) -> &str {
    folded
        .get(..folded.floor_char_boundary(MAX_TERM_BYTES))
        .unwrap_or(folded)
}

#[cfg(test)]
mod tests;
