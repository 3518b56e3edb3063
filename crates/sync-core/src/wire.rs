//! Messages as MessagePack maps.

use core::fmt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vault_types::{Code, limits};

/// Deepest nesting of any message: a response, its list, an entry, its head.
const DEPTH_MAX: usize = 16;

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
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, MessageError> {
    rmp_serde::to_vec_named(message).map_err(|_| MessageError::NotEncodable)
}

/// Reads one message and nothing behind it. Unknown fields are passed over,
/// so that a newer peer may say more.
///
/// # Errors
/// [`MessageError::TooLong`], [`MessageError::Malformed`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MessageError> {
    if bytes.len() > limits::RESPONSE_BYTES_MAX {
        return Err(MessageError::TooLong { len: bytes.len() });
    }
    let mut rest = bytes;
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    deserializer.set_max_depth(DEPTH_MAX);
    let message = T::deserialize(&mut deserializer).map_err(|_| MessageError::Malformed)?;
    if rest.is_empty() {
        Ok(message)
    } else {
        Err(MessageError::Malformed)
    }
}
