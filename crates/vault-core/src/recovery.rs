//! Recovery codes: 140 random bits that a person can write down.
//!
//! ```text
//! code      7 groups of 5 characters of Crockford's base 32
//! group     d0 d1 d2 d3, five random bits each, and a check character c:
//!           c = p + a⁴·d0 + a³·d1 + a²·d2 + a·d3 in GF(32), polynomial
//!           x⁵ + x² + 1, a = x, p = the group's position from 1
//! ```
//! The five factors differ and none is zero, so that one wrong character or
//! any two that changed places give another check; the positions differ, so
//! that two groups that changed places do too.

use crate::error::SealError;
use crate::key::{DerivedKey, derive_slot_key};
use crate::label::Label;
use crate::randomness;
use crate::slot_key::SlotKey;
use core::fmt;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use vault_types::{Code, VaultId, limits};
use zeroize::{Zeroize, Zeroizing};

/// Crockford's base 32: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 7;
const GROUP_LEN: usize = 5;
/// Characters of a group that carry the code.
const DATA_LEN: usize = GROUP_LEN - 1;
const SYMBOLS: usize = GROUPS * DATA_LEN;

/// The five bits that a typed character stands for.
fn symbol(typed: char) -> Option<u8> {
    let upper = match typed.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    let found = ALPHABET
        .iter()
        .position(|known| char::from(*known) == upper);
    found.and_then(|at| u8::try_from(at).ok())
}

/// What a person puts between characters, or a program that lays out text.
fn is_separator(typed: char) -> bool {
    typed.is_whitespace()
        || matches!(
            typed,
            '-' | '_' | '\u{ad}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{2212}'
        )
}

/// The check character of a group, by its four symbols and its position.
fn check_symbol(data: &[u8], position: usize) -> u8 {
    let doubled = |value: u8| (value << 1) ^ if value & 16 == 0 { 0 } else { 0b10_0101 };
    let sum = data.iter().fold(0, |sum, symbol| doubled(sum ^ symbol));
    sum ^ (position as u8 + 1)
}

/// A typed text that is no recovery code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryCodeError {
    /// It ends too early.
    Incomplete,
    /// A character is wrong; [`check_recovery_code`] says in which group.
    Mistyped,
}

impl RecoveryCodeError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Incomplete | Self::Mistyped => Code::RecoveryCodeMistyped,
        }
    }
}

impl fmt::Display for RecoveryCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().sentence())
    }
}

impl core::error::Error for RecoveryCodeError {}

/// One recovery code.
pub struct RecoveryCode {
    symbols: Zeroizing<[u8; SYMBOLS]>,
}

impl RecoveryCode {
    /// As many codes as a set has, [`limits::RECOVERY_CODES`], all different.
    ///
    /// # Errors
    /// [`SealError::BrokenRandomness`] if the source shows that it is none.
    pub fn generate_set<R: CryptoRng + ?Sized>(rng: &mut R) -> Result<Vec<Self>, SealError> {
        let mut set: Vec<Self> = Vec::with_capacity(limits::RECOVERY_CODES);
        for _ in 0..limits::RECOVERY_CODES {
            let code = Self::generate(rng)?;
            if set.iter().any(|other| other.symbols == code.symbols) {
                return Err(SealError::BrokenRandomness);
            }
            set.push(code);
        }
        Ok(set)
    }

    fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Result<Self, SealError> {
        let mut symbols = Zeroizing::new([0; SYMBOLS]);
        rng.fill_bytes(symbols.as_mut_slice());
        randomness::check(symbols.as_slice())?;
        for symbol in symbols.iter_mut() {
            *symbol &= 31;
        }
        Ok(Self { symbols })
    }

    /// Reads a code as a person typed it: in any case, with any spaces and
    /// dashes, with I and L for 1 and O for 0.
    ///
    /// # Errors
    /// [`RecoveryCodeError`].
    pub fn parse(typed: &str) -> Result<Self, RecoveryCodeError> {
        let mut symbols = Zeroizing::new([0; SYMBOLS]);
        let groups = groups_of(typed);
        if groups
            .iter()
            .any(|group| group.status == GroupStatus::Wrong)
        {
            return Err(RecoveryCodeError::Mistyped);
        }
        if !is_complete(&groups) {
            return Err(RecoveryCodeError::Incomplete);
        }
        let characters = groups
            .iter()
            .flat_map(|group| group.text.chars().take(DATA_LEN));
        for (slot, character) in symbols.iter_mut().zip(characters) {
            *slot = symbol(character).ok_or(RecoveryCodeError::Mistyped)?;
        }
        Ok(Self { symbols })
    }

    /// The code as it is shown and printed: `XXXXX-XXXXX-…`.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        // Reserved in full: a buffer that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP_LEN + 1)));
        for (position, data) in self.symbols.chunks(DATA_LEN).enumerate() {
            if position > 0 {
                text.push('-');
            }
            let check = check_symbol(data, position);
            for symbol in data.iter().chain([&check]) {
                text.push(char::from(ALPHABET[usize::from(symbol & 31)]));
            }
        }
        text
    }

    /// The key of this code's slot in that vault.
    #[must_use]
    pub fn slot_key(&self, vault_id: VaultId) -> SlotKey {
        SlotKey::of_recovery_code(self.derive(vault_id, Label::RecoverySlot))
    }

    /// What proves to the server that its owner holds the code, and helps
    /// nobody to open the slot.
    #[must_use]
    pub fn verifier(&self, vault_id: VaultId) -> RecoveryVerifier {
        RecoveryVerifier(self.derive(vault_id, Label::RecoveryVerifier))
    }

    fn derive(&self, vault_id: VaultId, label: Label) -> DerivedKey {
        derive_slot_key(self.symbols.as_slice(), vault_id, label)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

/// Shown to the server once, when the code is used. The server stores its
/// hash from the day that the code is made.
pub struct RecoveryVerifier(DerivedKey);

impl RecoveryVerifier {
    /// The 32 bytes that go to the server with a try.
    #[must_use]
    pub const fn expose_bytes(&self) -> &[u8; 32] {
        self.0.expose_key()
    }

    /// SHA-256 of the verifier, which the server stores.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.expose_key()).into()
    }
}

impl fmt::Debug for RecoveryVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryVerifier(..)")
    }
}

/// What can be said of one group of a code while it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupStatus {
    /// Five characters that belong together at this place.
    Ok,
    /// A character is wrong, stands in another's place, or is one too many.
    Wrong,
    /// Not five characters yet.
    Incomplete,
}

impl GroupStatus {
    /// The status in programming interfaces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Incomplete => "incomplete",
        }
    }
}

/// One group of a code as typed.
pub struct TypedGroup {
    /// Its characters in upper case, without what stands between them.
    pub text: Zeroizing<String>,
    /// Whether they are right.
    pub status: GroupStatus,
}

impl fmt::Debug for TypedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedGroup({:?})", self.status)
    }
}

/// A code as far as it is typed.
#[derive(Debug)]
pub struct TypedCode {
    /// Its groups, in order; one more than a code has if too much was typed.
    pub groups: Vec<TypedGroup>,
    /// Whether it is a code.
    pub complete: bool,
}

/// Looks at a code while it is typed. Needs no key and no vault.
#[must_use]
pub fn check_recovery_code(typed: &str) -> TypedCode {
    let groups = groups_of(typed);
    let complete = is_complete(&groups);
    TypedCode { groups, complete }
}

fn is_complete(groups: &[TypedGroup]) -> bool {
    groups.len() == GROUPS && groups.iter().all(|group| group.status == GroupStatus::Ok)
}

/// The groups of what was typed, and of what is too much the first five
/// characters: nobody looks at more.
fn groups_of(typed: &str) -> Vec<TypedGroup> {
    let mut characters = Zeroizing::new(Vec::with_capacity((GROUPS + 1) * GROUP_LEN));
    for character in typed.chars().take(limits::RECOVERY_CODE_TYPED_CHARS_MAX) {
        if !is_separator(character) && characters.len() < characters.capacity() {
            characters.push(character);
        }
    }
    let groups = characters.chunks(GROUP_LEN).enumerate();
    groups
        .map(|(position, group)| judge(group, position))
        .collect()
}

fn judge(characters: &[char], position: usize) -> TypedGroup {
    // Four bytes a character hold whatever was typed.
    let mut text = Zeroizing::new(String::with_capacity(GROUP_LEN * 4));
    text.extend(characters.iter().map(char::to_ascii_uppercase));
    let mut symbols = [0; GROUP_LEN];
    let mut known = true;
    for (slot, character) in symbols.iter_mut().zip(characters) {
        let found = symbol(*character);
        known &= found.is_some();
        *slot = found.unwrap_or_default();
    }
    let (data, check) = symbols.split_at(DATA_LEN);
    let status = if !known || position >= GROUPS {
        GroupStatus::Wrong
    } else if characters.len() < GROUP_LEN {
        GroupStatus::Incomplete
    } else if check[0] == check_symbol(data, position) {
        GroupStatus::Ok
    } else {
        GroupStatus::Wrong
    };
    symbols.zeroize();
    TypedGroup { text, status }
}
