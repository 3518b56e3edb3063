//! Character classes: what a word is made of, and how its script is written.

use super::marks::is_mark;

/// The part a character plays in finding words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Not part of any word: white space, punctuation, symbols.
    Other,
    /// A letter or digit of a script that separates words.
    Word,
    /// A letter of a script that writes words without gaps between them, or
    /// glues particles to them: indexed by pairs instead of by words.
    Gram,
    /// Belongs to the character before it: combining marks and the format
    /// characters that UAX #29 rule WB4 skips.
    Extend,
}

/// The class of `c`, after the rules WB4 to WB13 of UAX #29 without the
/// middle-of-word punctuation, which the caller handles.
pub(super) fn class(c: char) -> Class {
    match u32::from(c) {
        0x00..=0x7f => {
            if c.is_ascii_alphanumeric() {
                Class::Word
            } else {
                Class::Other
            }
        }
        // Latin with accents, Cyrillic, Arabic, Devanagari: the frequent
        // letters, ahead of the slower general look-up.
        0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..=0x24f => Class::Word,
        0x400..=0x481 | 0x48a..=0x52f | 0x620..=0x64a | 0x904..=0x939 => Class::Word,
        // Soft hyphen, the joiners and direction marks, word joiner, BOM.
        0xad | 0x200c..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0xfeff => Class::Extend,
        // Numbers with a full stop: list markers whose folded form would look
        // like joined words.
        0x2488..=0x249b | 0x1f100 => Class::Other,
        // Vowel and final jamo continue a syllable; so do the half-width
        // voicing marks, which are letters by category.
        0x1160..=0x11ff | 0xd7b0..=0xd7ff | 0xff9e | 0xff9f => Class::Extend,
        code => general_class(c, code),
    }
}

fn general_class(c: char, code: u32) -> Class {
    if is_mark(c) {
        Class::Extend
    } else if is_gram_script(code) && !is_decimal_digit(code) && c.is_alphanumeric() {
        Class::Gram
    } else if c.is_alphanumeric() {
        Class::Word
    } else {
        Class::Other
    }
}

/// Thai, Lao, Myanmar, Khmer, Hangul, kana and Han.
///
/// Korean does put spaces between words, but particles are glued to them
/// (파일, 파일을, 파일에서) and compounds are common, so pairs find what whole
/// words do not.
const fn is_gram_script(code: u32) -> bool {
    matches!(code,
        0xe00..=0xeff | 0x1000..=0x109f | 0x1100..=0x115f | 0x1780..=0x17ff
        | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3031..=0x3035 | 0x303b..=0x303c
        | 0x3041..=0x30ff | 0x3105..=0x312f | 0x3131..=0x318e | 0x31a0..=0x31bf
        | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xa960..=0xa97f
        | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff66..=0xffdc | 0x1b000..=0x1b16f
        | 0x20000..=0x3ffff)
}

/// The digits inside the ranges of [`is_gram_script`]: numbers stay whole.
const fn is_decimal_digit(code: u32) -> bool {
    matches!(code, 0xe50..=0xe59 | 0xed0..=0xed9 | 0x1040..=0x1049 | 0x1090..=0x1099 | 0x17e0..=0x17e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_marks_are_told_apart() {
        assert_eq!(class('a'), Class::Word);
        assert_eq!(class('7'), Class::Word);
        assert_eq!(class('ß'), Class::Word);
        assert_eq!(class('ж'), Class::Word);
        assert_eq!(class('\u{301}'), Class::Extend);
        assert_eq!(class('\u{93f}'), Class::Extend);
        assert_eq!(class('。'), Class::Other);
        assert_eq!(class('×'), Class::Other);
        assert_eq!(class('\u{200b}'), Class::Other);
    }

    #[test]
    fn scripts_without_gaps_are_gram_scripts_but_their_digits_are_not() {
        for c in ['字', 'か', 'カ', 'ー', '々', '한', 'ไ', 'ລ', 'က', 'ក', '𠀀'] {
            assert_eq!(class(c), Class::Gram, "{c}");
        }
        for c in ['๓', '၃', '៣'] {
            assert_eq!(class(c), Class::Word, "{c}");
        }
    }
}
