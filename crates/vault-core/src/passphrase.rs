//! What a person types to unlock.

use core::fmt;
use vault_types::{Code, limits, normal};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A passphrase that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseError {
    /// Fewer than [`limits::PASSPHRASE_CHARS_MIN`] characters.
    TooShort,
    /// More than [`limits::PASSPHRASE_BYTES_MAX`] bytes.
    TooLong,
}

impl PassphraseError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::TooShort => Code::PassphraseTooShort,
            Self::TooLong => Code::PassphraseTooLong,
        }
    }
}

impl fmt::Display for PassphraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().sentence())
    }
}

impl core::error::Error for PassphraseError {}

/// A passphrase in Unicode normalization form KC (UAX #15), so that a
/// character typed as one code point or as two, or in full width, is the same
/// passphrase. White space counts, at the ends too.
#[derive(ZeroizeOnDrop)]
pub struct Passphrase {
    nfkc: String,
}

impl Passphrase {
    /// A passphrase for a new slot.
    ///
    /// # Errors
    /// [`PassphraseError`]: too short or too long.
    pub fn new(typed: &str) -> Result<Self, PassphraseError> {
        let passphrase = Self::for_unlock(typed)?;
        if passphrase.nfkc.chars().count() < limits::PASSPHRASE_CHARS_MIN {
            return Err(PassphraseError::TooShort);
        }
        Ok(passphrase)
    }

    /// A passphrase to try. A short one is simply wrong, and to say so
    /// sooner would tell the rules of the day the vault was made.
    ///
    /// # Errors
    /// [`PassphraseError::TooLong`].
    pub fn for_unlock(typed: &str) -> Result<Self, PassphraseError> {
        // Reserved in full: a buffer that grows leaves copies behind.
        let mut nfkc = String::with_capacity(limits::PASSPHRASE_BYTES_MAX);
        let mut too_long = false;
        normal::nfkc(typed, |character| {
            too_long |= nfkc.len() + character.len_utf8() > limits::PASSPHRASE_BYTES_MAX;
            if !too_long {
                nfkc.push(character);
            }
        });
        if too_long {
            nfkc.zeroize();
            return Err(PassphraseError::TooLong);
        }
        Ok(Self { nfkc })
    }

    /// The normalized bytes, for a key derivation function of the platform.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.nfkc.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn bytes(typed: &str) -> Vec<u8> {
        Passphrase::for_unlock(typed).unwrap().expose_bytes().into()
    }

    #[test]
    fn composed_decomposed_and_full_width_are_one() {
        assert_eq!(bytes("caf\u{e9} au lait"), bytes("cafe\u{301} au lait"));
        assert_eq!(bytes("ｐａｓｓ"), b"pass");
        assert_eq!(bytes("\u{212b}"), bytes("A\u{30a}"));
    }

    #[test]
    fn case_and_white_space_count() {
        assert_ne!(bytes("correct horse"), bytes("Correct horse"));
        assert_ne!(bytes("correct horse"), bytes(" correct horse"));
    }

    #[test]
    fn eight_characters_are_enough_whatever_their_bytes() {
        assert!(Passphrase::new("12345678").is_ok());
        assert!(Passphrase::new("ключключ").is_ok());
        assert_eq!(
            Passphrase::new("1234567").err(),
            Some(PassphraseError::TooShort)
        );
        // Four ligatures of two letters each are eight after NFKC.
        assert!(Passphrase::new("ﬁﬁﬁﬁ").is_ok());
    }

    #[test]
    fn the_longest_passphrase_is_counted_after_normalization() {
        assert!(Passphrase::new(&"a".repeat(1024)).is_ok());
        assert_eq!(
            Passphrase::new(&"a".repeat(1025)).err(),
            Some(PassphraseError::TooLong)
        );
        assert!(Passphrase::new(&"ａ".repeat(1024)).is_ok());
        // One character of three bytes that becomes 18 characters.
        assert!(Passphrase::new(&"\u{fdfa}".repeat(60)).is_err());
    }

    #[test]
    fn debug_shows_nothing() {
        let text = format!("{:?}", Passphrase::new("canary canary").unwrap());
        assert_eq!(text, "Passphrase(..)");
    }
}
