//! One-time links and session cookies: 256 random bits, stored as SHA-256.

use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use sha2::{Digest, Sha256};

const LEN: usize = 32;

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// A bearer secret. Whoever shows it is let in, so it is never stored, never
/// logged and shown once.
pub(crate) struct Token([u8; LEN]);

/// What is stored of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash([u8; LEN]);

impl TokenHash {
    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; LEN] {
        &self.0
    }

    /// Takes a digest as it is.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; LEN]) -> Self {
        Self(bytes)
    }
}

impl Token {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, NoRandomness> {
        random_bytes().map(Self)
    }

    /// The token in a link or cookie; a link may be given whole, the token
    /// being what follows `#`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.rsplit_once('#').map_or(text, |(_, token)| token);
        let mut bytes = [0; LEN];
        let read = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
        (read.len() == LEN).then_some(Self(bytes))
    }

    /// What to store. Tokens are random and long, so a plain hash suffices,
    /// and looking it up by its hash tells a timing attacker nothing.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }

    /// The text that lets its bearer in.
    pub(crate) fn expose_text(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Random bytes of the operating system.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_and_its_token_are_the_same() {
        let token = Token::generate().unwrap();
        let text = token.expose_text();
        for link in [
            text.clone(),
            format!("http://localhost:8787/sign-in#{text}"),
            format!("  {text}\n"),
        ] {
            assert_eq!(Token::parse(&link).unwrap().hash(), token.hash());
        }
    }

    #[test]
    fn rejects_texts_of_other_lengths() {
        let text = Token::generate().unwrap().expose_text();
        for bad in [
            "",
            "#",
            &text[1..],
            &format!("{text}A"),
            &format!("{text}="),
        ] {
            assert!(Token::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Token::generate().unwrap()), "Token(…)");
    }
}
