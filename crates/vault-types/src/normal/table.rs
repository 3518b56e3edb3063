//! The table behind the normalization forms: Unicode 17, in `unicode.bin`.
//!
//! ```text
//! decompositions: count · count × (code point − the one before · 4 × length + 2 × canonical + composes)
//!                 · the characters of all, each less the one before, zigzag
//! classes:        count · count × (first − end of the one before · length · class)
//! ```
//!
//! Every number is an unsigned LEB128. A decomposition is the full one of form
//! KD. A canonical one is the same in form D. One that composes is canonical and
//! not excluded from composition: its
//! last character and what all before it compose to are its pair. Hangul
//! syllables are computed.

use crate::codec::Reader;
use std::sync::OnceLock;

const PACKED: &[u8] = include_bytes!("unicode.bin");

const S_BASE: u32 = 0xac00;
const L_BASE: u32 = 0x1100;
const V_BASE: u32 = 0x1161;
const T_BASE: u32 = 0x11a7;
const L_COUNT: u32 = 19;
const V_COUNT: u32 = 21;
const T_COUNT: u32 = 28;
const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;

/// Those whose canonical decomposition is not their full one.
const HALF_WAY: [(char, &str); 16] = [
    ('\u{385}', "\u{a8}\u{301}"),
    ('\u{3d3}', "\u{3d2}\u{301}"),
    ('\u{3d4}', "\u{3d2}\u{308}"),
    ('\u{1e9b}', "\u{17f}\u{307}"),
    ('\u{1fc1}', "\u{a8}\u{342}"),
    ('\u{1fcd}', "\u{1fbf}\u{300}"),
    ('\u{1fce}', "\u{1fbf}\u{301}"),
    ('\u{1fcf}', "\u{1fbf}\u{342}"),
    ('\u{1fdd}', "\u{1ffe}\u{300}"),
    ('\u{1fde}', "\u{1ffe}\u{301}"),
    ('\u{1fdf}', "\u{1ffe}\u{342}"),
    ('\u{1fed}', "\u{a8}\u{300}"),
    ('\u{1fee}', "\u{a8}\u{301}"),
    ('\u{1ffd}', "\u{b4}"),
    ('\u{2000}', "\u{2002}"),
    ('\u{2001}', "\u{2003}"),
];
/// So many of them, from the first, compose again.
const HALF_WAY_COMPOSE: usize = 12;

/// How far characters are taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// As forms D and C do.
    Canonical,
    /// As forms KD and KC do.
    Full,
}

/// What normalization knows of characters.
#[derive(Default)]
pub(super) struct Table {
    /// Code points that decompose, in order.
    codes: Vec<u32>,
    /// Where the characters of each end.
    ends: Vec<u32>,
    /// Whether each is canonical.
    canonical: Vec<bool>,
    parts: Vec<char>,
    /// First, last, composed; in order.
    pairs: Vec<(char, char, char)>,
    /// First, end, class; in order.
    classes: Vec<(u32, u32, u8)>,
}

impl Table {
    /// The one table.
    pub(super) fn of_unicode() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| Self::unpack().unwrap_or_default())
    }

    fn unpack() -> Option<Self> {
        let mut packed = Reader::new(PACKED);
        let mut number = || packed.len().ok();
        let mut table = Self::default();
        let count = number()?;
        let mut composing = Vec::new();
        let (mut code, mut end) = (0, 0);
        for at in 0..count as usize {
            code += number()?;
            let shape = number()?;
            end += shape >> 2;
            table.codes.push(code);
            table.ends.push(end);
            table.canonical.push(shape & 2 == 2);
            if shape & 1 == 1 {
                composing.push(at);
            }
        }
        let mut last = 0_u32;
        for _ in 0..end {
            let step = number()?;
            last = last.wrapping_add(step >> 1 ^ 0_u32.wrapping_sub(step & 1));
            table.parts.push(char::from_u32(last)?);
        }
        for (composed, parts) in HALF_WAY.iter().take(HALF_WAY_COMPOSE) {
            let mut parts = parts.chars();
            table.insert((parts.next()?, parts.next()?, *composed));
        }
        table.pair_up(&composing)?;
        let mut border = 0;
        for _ in 0..number()? {
            let first = border + number()?;
            border = first + number()?;
            let class = u8::try_from(number()?).ok()?;
            table.classes.push((first, border, class));
        }
        Some(table)
    }

    /// Finds the pair of each that composes, those of two characters first, so
    /// that what the characters before a last one compose to is known.
    fn pair_up(&mut self, composing: &[usize]) -> Option<()> {
        for len in 2..=4 {
            for &at in composing {
                let parts = self.parts_at(at);
                if parts.len() != len {
                    continue;
                }
                let (&last, before) = parts.split_last()?;
                let mut before = before.iter().copied();
                let first = before.next()?;
                let first = before.try_fold(first, |first, next| self.pair(first, next))?;
                self.insert((first, last, char::from_u32(self.codes[at])?));
            }
        }
        Some(())
    }

    fn insert(&mut self, pair: (char, char, char)) {
        let place = self.pairs.partition_point(|other| *other < pair);
        self.pairs.insert(place, pair);
    }

    fn parts_at(&self, at: usize) -> &[char] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.parts[start as usize..self.ends[at] as usize]
    }

    /// Hands the decomposition of `c` to `push`.
    pub(super) fn decomposed(&self, c: char, depth: Depth, push: &mut dyn FnMut(char)) {
        let code = u32::from(c);
        if let Some(syllable) = code.checked_sub(S_BASE).filter(|at| *at < S_COUNT) {
            let tail = syllable % T_COUNT;
            let parts = [
                L_BASE + syllable / (V_COUNT * T_COUNT),
                V_BASE + syllable / T_COUNT % V_COUNT,
                T_BASE + tail,
            ];
            let count = if tail == 0 { 2 } else { 3 };
            parts[..count]
                .iter()
                .copied()
                .filter_map(char::from_u32)
                .for_each(push);
            return;
        }
        // Han, the bulk of what is not ASCII, does not decompose.
        let found = if (0x3400..0xa000).contains(&code) {
            None
        } else {
            self.codes.binary_search(&code).ok()
        };
        match found {
            Some(at) if depth == Depth::Full || self.canonical[at] => {
                self.parts_at(at).iter().copied().for_each(push);
            }
            _ => {
                let half = HALF_WAY.iter().find(|half| half.0 == c);
                match half.filter(|_| depth == Depth::Canonical) {
                    Some((_, parts)) => parts.chars().for_each(push),
                    None => push(c),
                }
            }
        }
    }

    /// The canonical combining class.
    pub(super) fn class(&self, c: char) -> u8 {
        let code = u32::from(c);
        if code < 0x300 {
            return 0;
        }
        let at = self.classes.partition_point(|(_, end, _)| *end <= code);
        match self.classes.get(at) {
            Some((first, _, class)) if *first <= code => *class,
            _ => 0,
        }
    }

    /// The primary composite of two characters, if there is one.
    pub(super) fn composed(&self, first: char, last: char) -> Option<char> {
        let (a, b) = (u32::from(first), u32::from(last));
        if (L_BASE..L_BASE + L_COUNT).contains(&a) && (V_BASE..V_BASE + V_COUNT).contains(&b) {
            let syllable = ((a - L_BASE) * V_COUNT + b - V_BASE) * T_COUNT;
            return char::from_u32(S_BASE + syllable);
        }
        let is_open =
            (S_BASE..S_BASE + S_COUNT).contains(&a) && (a - S_BASE).is_multiple_of(T_COUNT);
        if is_open && (T_BASE + 1..T_BASE + T_COUNT).contains(&b) {
            return char::from_u32(a + b - T_BASE);
        }
        self.pair(first, last)
    }

    fn pair(&self, first: char, last: char) -> Option<char> {
        let before = |pair: &(char, char, char)| (pair.0, pair.1) < (first, last);
        let pair = self.pairs.get(self.pairs.partition_point(before))?;
        ((pair.0, pair.1) == (first, last)).then_some(pair.2)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::codec::Writer;
    use unicode_normalization::char::{
        canonical_combining_class, compose, decompose_canonical, decompose_compatible,
    };

    /// The packed form, from what the crate knows.
    fn packed() -> Vec<u8> {
        let chars = || (0..=0x10_ffff).filter_map(char::from_u32);
        let (mut shapes, mut parts) = (Writer::new(), Writer::new());
        let (mut count, mut before, mut last) = (0, 0, 0_u32);
        for c in chars().filter(|c| !('가'..='힣').contains(c)) {
            let (mut full, mut canonical) = (Vec::new(), Vec::new());
            decompose_compatible(c, |part| full.push(part));
            decompose_canonical(c, |part| canonical.push(part));
            if full == [c] {
                continue;
            }
            let mut pieces = canonical.iter().copied();
            let first = pieces.next().unwrap();
            let composes = canonical == full && pieces.try_fold(first, compose) == Some(c);
            let code = u32::from(c);
            let flags = u32::from(full == canonical) << 1 | u32::from(composes);
            shapes
                .len(code - before)
                .len((full.len() as u32) << 2 | flags);
            (before, count) = (code, count + 1);
            for part in full.into_iter().map(u32::from) {
                let step = part.wrapping_sub(last) as i32;
                parts.len((step << 1 ^ step >> 31) as u32);
                last = part;
            }
        }
        let mut classes: Vec<(u32, u32, u8)> = Vec::new();
        for c in chars() {
            let (code, class) = (u32::from(c), canonical_combining_class(c));
            match classes.last_mut() {
                _ if class == 0 => {}
                Some(run) if run.1 == code && run.2 == class => run.1 += 1,
                _ => classes.push((code, code + 1, class)),
            }
        }
        let mut out = Writer::new();
        out.len(count).raw(&shapes.finish()).raw(&parts.finish());
        out.len(classes.len() as u32);
        let mut border = 0;
        for (first, end, class) in classes {
            out.len(first - border)
                .len(end - first)
                .len(u32::from(class));
            border = end;
        }
        out.finish()
    }

    #[test]
    fn the_packed_table_is_that_of_the_crate() {
        let made = packed();
        if std::env::var_os("LOCKSTEP_WRITE_UNICODE").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/normal/unicode.bin");
            std::fs::write(path, &made).unwrap();
        }
        assert!(
            made == PACKED,
            "set LOCKSTEP_WRITE_UNICODE to write it anew"
        );
    }
}
