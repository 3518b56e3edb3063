//! Counters and hashes that order things.

use crate::wire::{Decode, Encode, NotAValue, ValueReader, ValueWriter};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident($int:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $int);

        impl Encode for $name {
            fn encode(&self, out: &mut ValueWriter) {
                self.0.encode(out);
            }
        }

        impl Decode for $name {
            fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
                Decode::decode(from).map(Self)
            }
        }

        impl $name {
            /// The one after this; stays at the greatest value.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

counter! {
    /// The place of an operation in a vault's history: 1, 2, 3, … without a
    /// gap, given by the server inside the commit. 0 is before the first.
    Cursor(u64)
}
counter! {
    /// Which vault key sealed something: 1 for a new vault.
    Epoch(u32)
}
counter! {
    /// How often the list of key slots has changed: 1 for a new vault.
    Generation(u64)
}
counter! {
    /// A version of the crypto policy.
    PolicyVersion(u16)
}

/// The hash over a vault's history up to a cursor:
/// `H(n) = SHA-256(H(n-1) ‖ SHA-256(op n))`, `H(0)` being 32 zero bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct HistoryHash([u8; 32]);

impl HistoryHash {
    /// The hash before the first operation.
    pub const START: Self = Self([0; 32]);

    /// Takes a digest as it is.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for HistoryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// What the author of an operation had seen of the vault's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Up to which operation.
    pub cursor: Cursor,
    /// The hash over the history up to there.
    pub hash: HistoryHash,
}
