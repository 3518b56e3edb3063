//! What can go wrong, per operation. Failing to decrypt is one opaque case.

use crate::policy::KdfRefused;
use core::fmt;
use vault_types::{Code, CredentialId, DecodeError, Epoch, PolicyVersion};

/// A vault that stays locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockError {
    /// The passphrase is wrong or the slot was changed; nobody can tell which.
    CannotUnlock,
    /// The slot's KDF parameters are not acceptable. Nothing was derived.
    KdfRefused(KdfRefused),
    /// The list is of another vault or account, names one slot twice, or does
    /// not carry the seal of the vault key that one of its slots gave.
    SlotsTampered,
    /// The list is the vault's own and older than one seen before.
    SlotsRolledBack,
    /// A slot, a list or a policy of a newer version: update this device.
    NewerVersion,
    /// Bytes that are no slot list.
    Corrupt,
    /// No slot of the kind that was asked for.
    NoSuchSlot,
}

impl UnlockError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::CannotUnlock => Code::CannotUnlock,
            Self::KdfRefused(refused) => refused.code(),
            Self::SlotsTampered => Code::SlotsTampered,
            Self::SlotsRolledBack => Code::SlotsRolledBack,
            Self::NewerVersion => Code::NewerVersion,
            Self::Corrupt => Code::Corrupt,
            Self::NoSuchSlot => Code::Misuse,
        }
    }
}

impl From<KdfRefused> for UnlockError {
    fn from(refused: KdfRefused) -> Self {
        Self::KdfRefused(refused)
    }
}

/// A part of a record that has a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// The text.
    Text,
    /// One tag.
    Tag,
    /// The number of tags.
    Tags,
    /// The path of the imported file.
    SourcePath,
    /// Everything together.
    Plaintext,
    /// The name of a key slot.
    SlotLabel,
}

/// Something that was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// Beyond a limit of `vault_types::limits`.
    LimitExceeded {
        /// What is too large.
        field: Field,
    },
    /// Operation bodies are sealed by `seal_op`, not as an object.
    NotAnObject,
    /// The random source is stuck, repeats itself or gives too little: what it
    /// gave would make a guessable vault key or code. Nothing was made.
    BrokenRandomness,
    /// The cipher refused, which no input within the limits causes.
    Cipher,
}

impl SealError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::LimitExceeded { .. } => Code::LimitExceeded,
            Self::NotAnObject => Code::Misuse,
            Self::BrokenRandomness => Code::BrokenRandomness,
            Self::Cipher => Code::Internal,
        }
    }
}

/// Key slots that were not changed. The vault and its slots are as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotError {
    /// The secret that was given opens none of the vault's slots.
    Unlock(UnlockError),
    /// A slot was not made.
    Seal(SealError),
    /// No slot with that id.
    UnknownSlot {
        /// The id.
        credential_id: CredentialId,
    },
    /// A slot with that id exists.
    RepeatedSlot {
        /// The id.
        credential_id: CredentialId,
    },
    /// No slot would be left that a person can open: a passphrase, or a
    /// recovery code that is not used. A device's secret goes with the device.
    LastSlot,
    /// More than [`vault_types::limits::SLOTS_MAX`].
    TooManySlots,
    /// The vault key has been rotated
    /// [`vault_types::limits::OLDER_KEKS_MAX`] times.
    TooManyEpochs,
    /// The vault key in hand is another vault's or an older epoch's.
    ForeignKey,
}

impl SlotError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Unlock(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::UnknownSlot { .. } => Code::UnknownSlot,
            Self::LastSlot => Code::LastSlot,
            Self::TooManySlots | Self::TooManyEpochs => Code::LimitExceeded,
            Self::RepeatedSlot { .. } | Self::ForeignKey => Code::Misuse,
        }
    }
}

impl From<UnlockError> for SlotError {
    fn from(error: UnlockError) -> Self {
        Self::Unlock(error)
    }
}

impl From<SealError> for SlotError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

/// Something sealed that was not opened. No plaintext was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// Changed, cut, of another vault or in another's place.
    CannotOpen,
    /// Sealed under a vault key that this device does not hold.
    UnknownEpoch {
        /// The epoch that is missing.
        epoch: Epoch,
    },
    /// Sealed under a policy of a newer version: update this device.
    UnknownPolicy {
        /// The policy that is missing.
        policy: PolicyVersion,
    },
    /// In a format of a newer version: update this device. An object's own
    /// version is read before its seal can be checked.
    NewerVersion {
        /// The version found.
        version: u8,
    },
    /// Sealed by this vault and yet malformed: a fault of its author.
    Malformed(DecodeError),
    /// A standard record is not sealed.
    NotSealed,
}

impl OpenError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::CannotOpen | Self::UnknownEpoch { .. } => Code::CannotOpen,
            Self::UnknownPolicy { .. } | Self::NewerVersion { .. } => Code::NewerVersion,
            Self::Malformed(_) => Code::Corrupt,
            Self::NotSealed => Code::Misuse,
        }
    }
}

/// An operation that was not sealed anew. It stays as it is, and readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResealError {
    /// It does not open.
    Open(OpenError),
    /// Its body was not sealed.
    Seal(SealError),
}

impl ResealError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Open(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }
}

impl From<DecodeError> for OpenError {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error)
    }
}

macro_rules! display_the_sentence {
    ($($error:ty),*) => {$(
        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code().sentence())
            }
        }

        impl core::error::Error for $error {}
    )*};
}
display_the_sentence!(UnlockError, SealError, SlotError, OpenError, ResealError);
