//! Bytes that nobody on this side can read.

use base64ct::{Base64UrlUnpadded, Encoding};
use core::fmt;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A sealed body: ciphertext with nonce and tag. Shows only its length.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SealedBytes(Vec<u8>);

/// Bytes as MessagePack `bin` and as unpadded base64url in JSON.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct OpaqueBytes(Vec<u8>);

macro_rules! bytes {
    ($name:ident) => {
        impl $name {
            /// Takes bytes as they are.
            #[must_use]
            pub const fn new(bytes: Vec<u8>) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub fn as_slice(&self) -> &[u8] {
                &self.0
            }

            /// The bytes, given up.
            #[must_use]
            pub fn into_vec(self) -> Vec<u8> {
                self.0
            }

            /// How many bytes.
            #[must_use]
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Whether there are none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }

        impl From<Vec<u8>> for $name {
            fn from(bytes: Vec<u8>) -> Self {
                Self(bytes)
            }
        }
    };
}
bytes!(SealedBytes);
bytes!(OpaqueBytes);

impl Serialize for OpaqueBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for OpaqueBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(BytesVisitor)
        } else {
            deserializer.deserialize_byte_buf(BytesVisitor)
        }
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = OpaqueBytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OpaqueBytes, E> {
        Base64UrlUnpadded::decode_vec(text)
            .map(OpaqueBytes)
            .map_err(|_| E::custom("not unpadded base64url"))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<OpaqueBytes, E> {
        Ok(OpaqueBytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<OpaqueBytes, E> {
        Ok(OpaqueBytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OpaqueBytes, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(OpaqueBytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn debug_shows_the_length_only() {
        let text = format!("{:?}", SealedBytes::new(b"canary".to_vec()));
        assert_eq!(text, "SealedBytes(6 bytes)");
    }

    #[test]
    fn json_form_is_unpadded_base64url() {
        let bytes = OpaqueBytes::new(vec![251, 255]);
        let json = serde_json::to_string(&bytes).unwrap();
        assert_eq!(json, "\"-_8\"");
        assert_eq!(serde_json::from_str::<OpaqueBytes>(&json).unwrap(), bytes);
        assert!(serde_json::from_str::<OpaqueBytes>("\"-_8=\"").is_err());
    }
}
