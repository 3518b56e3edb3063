//! Folding: the form in which words are compared.
//!
//! A folded word is the NFKC form of the source after full case folding, with
//! the accents of Latin, Greek and Cyrillic, the vowel points of Arabic and
//! Hebrew, and invisible format characters removed. Marks that carry a vowel
//! or a tone of their script (Devanagari, Thai, Japanese voicing) stay.

use vault_types::normal::{nfkc, nfkd};

/// Appends the folded form of `source` to `out`. Folding twice changes nothing.
pub(crate) fn fold_into(out: &mut String, source: &str) {
    let start = out.len();
    let mut reordering = false;
    for c in source.chars() {
        match fold_one(c) {
            // Two marks in a row may have to change places: only the full
            // path knows the canonical order.
            Folded::Mark if reordering => {
                out.truncate(start);
                return fold_fully(out, source);
            }
            Folded::Mark => {
                reordering = true;
                out.push(c);
            }
            Folded::Letter(folded) => {
                reordering = false;
                out.push(folded);
            }
            Folded::Nothing => {}
            Folded::Unknown => {
                out.truncate(start);
                return fold_fully(out, source);
            }
        }
    }
}

/// The complete rule; [`fold_one`] is its short cut for frequent letters.
fn fold_fully(out: &mut String, source: &str) {
    let mut lowered = String::with_capacity(source.len());
    nfkd(source, |c| {
        if !is_dropped(c) {
            lowered.extend(c.to_lowercase());
        }
    });
    nfkc(&lowered, |c| match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ø' => out.push('o'),
        'đ' => out.push('d'),
        'ł' => out.push('l'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        c => out.push(c),
    });
}

/// What one character folds to, where that needs no look at its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folded {
    /// This character, and it is no combining mark that could be reordered.
    Letter(char),
    /// Itself; a mark with a combining class.
    Mark,
    /// It disappears.
    Nothing,
    /// Ask [`fold_fully`].
    Unknown,
}

/// The base letters of U+00E0 to U+00FF; NUL where there is no single one.
const LATIN_1_BASES: &[u8; 32] = b"aaaaaa\0ceeeeiiii\0nooooo\0ouuuuy\0y";

fn fold_one(c: char) -> Folded {
    let code = u32::from(c);
    match code {
        0x00..=0x7f => Folded::Letter(c.to_ascii_lowercase()),
        0xc0..=0xde | 0xe0..=0xff => match LATIN_1_BASES[(code & 0x1f) as usize] {
            0 => Folded::Unknown,
            base => Folded::Letter(char::from(base)),
        },
        0x400..=0x4ff => fold_cyrillic(c),
        0x621..=0x670 => fold_arabic(c),
        // Devanagari letters and vowel signs; the nukta (U+093C) composes.
        0x901..=0x939 | 0x93d..=0x94c => Folded::Letter(c),
        0x94d => Folded::Mark,
        // Thai without sara am (U+0E33), which NFKC takes apart.
        0xe01..=0xe32 | 0xe34..=0xe37 | 0xe40..=0xe47 | 0xe4c..=0xe4d => Folded::Letter(c),
        0xe38..=0xe39 | 0xe48..=0xe4b => Folded::Mark,
        // Hiragana, katakana, Han, Hangul syllables.
        0x3041..=0x3096 | 0x30a1..=0x30fa | 0x30fc => Folded::Letter(c),
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xac00..=0xd7a3 => Folded::Letter(c),
        _ => Folded::Unknown,
    }
}

fn fold_cyrillic(c: char) -> Folded {
    match c {
        'Й' | 'й' => Folded::Letter('и'),
        'Ё' | 'ё' => Folded::Letter('е'),
        'а'..='я' => Folded::Letter(c),
        'А'..='Я' => char::from_u32(u32::from(c) + 0x20).map_or(Folded::Unknown, Folded::Letter),
        _ => Folded::Unknown,
    }
}

fn fold_arabic(c: char) -> Folded {
    match u32::from(c) {
        0x622 | 0x623 | 0x625 => Folded::Letter('\u{627}'),
        0x624 => Folded::Letter('\u{648}'),
        0x626 => Folded::Letter('\u{64a}'),
        0x640 | 0x64b..=0x65f | 0x670 => Folded::Nothing,
        0x621..=0x63a | 0x641..=0x64a => Folded::Letter(c),
        _ => Folded::Unknown,
    }
}

/// Whether matching ignores `c`, a character of an NFKD string.
fn is_dropped(c: char) -> bool {
    match u32::from(c) {
        // Soft hyphen, joiners and direction marks, tatweel, BOM, variation
        // selectors.
        0xad | 0x640 | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0xfeff => true,
        0xfe00..=0xfe0f | 0xe0100..=0xe01ef => true,
        // Combining diacritics of Latin, Greek and Cyrillic.
        0x300..=0x36f | 0x483..=0x487 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff => true,
        0x20d0..=0x20ff | 0xfe20..=0xfe2f => true,
        // Arabic harakat, hamza and madda above and below; Hebrew points.
        0x64b..=0x65f | 0x670 | 0x6d6..=0x6dc | 0x6df..=0x6e4 | 0x6e7..=0x6e8 | 0x6ea..=0x6ed => {
            true
        }
        0x591..=0x5bd | 0x5bf | 0x5c1 | 0x5c2 | 0x5c4 | 0x5c5 | 0x5c7 => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::char::canonical_combining_class;

    fn fold(source: &str) -> String {
        let mut out = String::new();
        fold_into(&mut out, source);
        out
    }

    fn fold_slowly(source: &str) -> String {
        let mut out = String::new();
        fold_fully(&mut out, source);
        out
    }

    #[test]
    fn accents_and_case_of_latin_greek_and_cyrillic_disappear() {
        for (source, folded) in [
            ("Café", "cafe"),
            ("Cafe\u{301}", "cafe"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("ŁÓDŹ", "lodz"),
            ("Æsir", "aesir"),
            ("İstanbul", "istanbul"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("Σίσυφος", "σισυφοσ"),
            ("Ёлка", "елка"),
            ("ﬁle", "file"),
            ("ＡＢＣ１", "abc1"),
            ("soft\u{ad}hyphen", "softhyphen"),
        ] {
            assert_eq!(fold(source), folded);
        }
    }

    #[test]
    fn vowel_points_of_arabic_and_hebrew_disappear() {
        assert_eq!(fold("كِتَابٌ"), "كتاب");
        assert_eq!(fold("أحمد"), "احمد");
        assert_eq!(fold("שָׁלוֹם"), "שלום");
    }

    #[test]
    fn vowel_signs_and_tones_of_hindi_thai_and_kana_stay() {
        for source in ["हिन्दी", "किताब", "ไฟล์", "เพื่อน", "がぎぐ", "パス"]
        {
            assert_eq!(fold(source), source);
        }
        assert_eq!(fold("か\u{3099}"), "が");
        assert_eq!(fold("ｶﾞ"), "ガ");
        assert_eq!(fold("한글"), "한글");
    }

    #[test]
    fn the_short_cut_agrees_with_the_full_rule_for_every_character() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let source = c.to_string();
            assert_eq!(
                fold(&source),
                fold_slowly(&source),
                "U+{:04X}",
                u32::from(c)
            );
            if fold_one(c) == Folded::Mark {
                assert_ne!(canonical_combining_class(c), 0, "U+{:04X}", u32::from(c));
            }
            if matches!(fold_one(c), Folded::Letter(_)) {
                assert_eq!(canonical_combining_class(c), 0, "U+{:04X}", u32::from(c));
            }
        }
    }

    proptest! {
        #[test]
        fn the_short_cut_agrees_with_the_full_rule_for_words(
            source in "[a-zÀ-ÿА-яёЁء-ي\u{64b}-\u{652}अ-ह\u{93c}-\u{94d}ก-\u{e4e}か-ん가-힣\u{300}-\u{310}]{0,12}"
        ) {
            prop_assert_eq!(fold(&source), fold_slowly(&source));
        }

        #[test]
        fn folding_twice_changes_nothing(source in "\\PC{0,12}") {
            let once = fold(&source);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
