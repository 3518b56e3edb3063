//! Writing the chosen part of a text as one line.

use std::ops::Range;

use super::Snippet;

/// The whole text, unchanged. `matches` ascend and do not touch.
pub(super) fn verbatim(text: &str, matches: &[Range<usize>]) -> Snippet {
    let mut line = Line::new(matches);
    for (at, c) in text.char_indices() {
        line.push(at, c);
    }
    line.finish()
}

/// The part of `text` inside `window`, without line breaks and line marks.
pub(super) fn one_line(text: &str, window: Range<usize>, matches: &[Range<usize>]) -> Snippet {
    let source = text.get(window.clone()).unwrap_or_default();
    let mut line = Line::new(matches);
    if has_words(text.get(..window.start)) {
        line.push_sign('…');
    }
    let before = text.get(..window.start).unwrap_or_default();
    let mut at_line_start = before.is_empty() || before.ends_with('\n');
    let mut gap = false;
    let mut is_first = true;
    let mut chars = source.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        if c.is_whitespace() {
            gap = !is_first;
            at_line_start |= c == '\n';
        } else if c != '`' && !(at_line_start && is_line_mark(c, next)) {
            if std::mem::take(&mut gap) {
                line.push_sign(' ');
            }
            line.push(window.start + offset, c);
            is_first = false;
            at_line_start = false;
        }
    }
    let mut snippet = line.finish();
    if has_words(text.get(window.end..)) {
        snippet.text.push('…');
    }
    snippet
}

fn has_words(cut_off: Option<&str>) -> bool {
    cut_off.is_some_and(|text| text.contains(char::is_alphanumeric))
}

/// Whether `c` at the beginning of a line belongs to the mark of a heading, a
/// quote or a list.
fn is_line_mark(c: char, next: char) -> bool {
    match c {
        '>' => true,
        '#' => next == '#' || next.is_whitespace(),
        '-' | '*' | '+' => next.is_whitespace(),
        _ => false,
    }
}

/// Text under construction, with offsets in UTF-16 code units.
struct Line<'m> {
    text: String,
    units: u32,
    highlights: Vec<(u32, u32)>,
    /// Matches that did not begin yet.
    coming: &'m [Range<usize>],
    /// The match that began: source end and offset in units.
    open: Option<(usize, u32)>,
    /// Units up to the last character of the source.
    units_of_source: u32,
}

impl<'m> Line<'m> {
    const fn new(matches: &'m [Range<usize>]) -> Self {
        Self {
            text: String::new(),
            units: 0,
            highlights: Vec::new(),
            coming: matches,
            open: None,
            units_of_source: 0,
        }
    }

    /// Adds a character that is not in the source.
    fn push_sign(&mut self, c: char) {
        self.text.push(c);
        self.units += c.len_utf16() as u32;
    }

    /// Adds the character at byte `at` of the source.
    fn push(&mut self, at: usize, c: char) {
        self.close_before(at);
        while let Some((first, rest)) = self.coming.split_first() {
            if first.start > at {
                break;
            }
            if first.end > at {
                self.open = Some((first.end, self.units));
            }
            self.coming = rest;
        }
        self.push_sign(c);
        self.units_of_source = self.units;
    }

    fn close_before(&mut self, at: usize) {
        if let Some((_, start)) = self.open.take_if(|(end, _)| *end <= at) {
            self.highlights.push((start, self.units_of_source));
        }
    }

    fn finish(mut self) -> Snippet {
        if let Some((_, start)) = self.open.take() {
            self.highlights.push((start, self.units_of_source));
        }
        Snippet {
            text: self.text,
            highlights: self.highlights,
        }
    }
}
