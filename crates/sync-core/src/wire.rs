//! Messages as MessagePack maps.

use core::fmt;
use vault_types::wire::{self, Decode, Encode};
use vault_types::{Code, limits};

/// Bytes that are not the message that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageError {
    /// Longer than [`limits::RESPONSE_BYTES_MAX`].
    TooLong {
        /// How long, in bytes.
        len: usize,
    },
    /// Not this message, or bytes are left over behind it.
    Malformed,
    /// The value has no encoding; a fault of this program.
    NotEncodable,
}

impl MessageError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::TooLong { .. } => Code::TooLarge,
            Self::Malformed => Code::Malformed,
            Self::NotEncodable => Code::Internal,
        }
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { len } => write!(f, "a message of {len} bytes is too long"),
            Self::Malformed => f.write_str("not the message that was due"),
            Self::NotEncodable => f.write_str("the message cannot be encoded"),
        }
    }
}

impl core::error::Error for MessageError {}

/// A message as MessagePack, fields by name.
///
/// # Errors
/// [`MessageError::NotEncodable`], which no message of this crate causes.
pub fn encode<T: Encode>(message: &T) -> Result<Vec<u8>, MessageError> {
    Ok(wire::to_message_pack(message))
}

/// Reads one message and nothing behind it. Unknown fields are passed over,
/// so that a newer peer may say more.
///
/// # Errors
/// [`MessageError::TooLong`], [`MessageError::Malformed`].
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, MessageError> {
    if bytes.len() > limits::RESPONSE_BYTES_MAX {
        return Err(MessageError::TooLong { len: bytes.len() });
    }
    wire::from_message_pack(bytes).map_err(|_| MessageError::Malformed)
}
