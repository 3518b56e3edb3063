//! 128-bit ids: UUIDs by shape (RFC 9562), one type per thing they name.

use crate::wire::{Decode, Encode, Form, NotAValue, ValueReader, ValueWriter};
use core::fmt;
use core::str::FromStr;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is not a hyphenated lower-case UUID, or bytes that are not 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is 32 lower-case hexadecimal digits in groups of 8-4-4-4-12")
    }
}

impl core::error::Error for ParseIdError {}

const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const TEXT_LEN: usize = 36;

fn encode_text(bytes: &[u8; 16]) -> [u8; TEXT_LEN] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; TEXT_LEN];
    let mut at = 0;
    for byte in bytes {
        if HYPHENS.contains(&at) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    text
}

fn hex_digit(byte: u8) -> Result<u8, ParseIdError> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(ParseIdError),
    }
}

fn parse_text(text: &str) -> Result<[u8; 16], ParseIdError> {
    let text = text.as_bytes();
    if text.len() != TEXT_LEN || HYPHENS.iter().any(|&at| text[at] != b'-') {
        return Err(ParseIdError);
    }
    let mut bytes = [0; 16];
    let mut at = 0;
    for byte in &mut bytes {
        if HYPHENS.contains(&at) {
            at += 1;
        }
        *byte = (hex_digit(text[at])? << 4) | hex_digit(text[at + 1])?;
        at += 2;
    }
    Ok(bytes)
}

fn encode_id(id: &[u8; 16], out: &mut ValueWriter) {
    match out.form() {
        Form::MessagePack => out.bytes(id),
        Form::Json => out.text(core::str::from_utf8(&encode_text(id)).unwrap_or_default()),
    }
}

fn decode_id(from: &mut ValueReader<'_>) -> Result<[u8; 16], NotAValue> {
    match from.form() {
        Form::MessagePack => from.array(),
        Form::Json => parse_text(from.text()?).map_err(|_| NotAValue),
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = [u8; 16];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a UUID")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<[u8; 16], E> {
        parse_text(text).map_err(E::custom)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; 16], E> {
        bytes.try_into().map_err(|_| E::custom(ParseIdError))
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Text form: hyphenated lower-case UUID. In MessagePack: 16 bytes.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id of sixteen zero bytes, which names nothing.
            pub const NIL: Self = Self([0; 16]);

            /// Takes sixteen bytes as they are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Sixteen random bytes as a UUID version 4 (RFC 9562, 5.4).
            #[must_use]
            pub const fn from_random(mut bytes: [u8; 16]) -> Self {
                bytes[6] = (bytes[6] & 0x0f) | 0x40;
                bytes[8] = (bytes[8] & 0x3f) | 0x80;
                Self(bytes)
            }

            /// The sixteen bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Whether this is [`Self::NIL`].
            #[must_use]
            pub fn is_nil(&self) -> bool {
                *self == Self::NIL
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = encode_text(&self.0);
                f.write_str(core::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse_text(text).map(Self)
            }
        }

        impl Encode for $name {
            fn encode(&self, out: &mut ValueWriter) {
                encode_id(&self.0, out);
            }
        }

        impl Decode for $name {
            fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
                decode_id(from).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_str(IdVisitor).map(Self)
                } else {
                    deserializer.deserialize_bytes(IdVisitor).map(Self)
                }
            }
        }
    };
}

id! {
    /// An account of a server: who may sign in.
    AccountId
}
id! {
    /// A vault: everything sealed under one keyring.
    VaultId
}
id! {
    /// A device: one browser profile or one command line installation.
    DeviceId
}
id! {
    /// A record, through all its revisions.
    RecordId
}
id! {
    /// One operation, which is one revision of one record. UUID version 7.
    OpId
}
id! {
    /// A key slot: one way to unwrap the vault key.
    CredentialId
}
id! {
    /// A change of a vault's key that has begun.
    RotationId
}
id! {
    /// One life of a server's database; a reset or restored one gets another.
    ServerEpoch
}

impl OpId {
    /// A UUID version 7 (RFC 9562, 5.7) from Unix milliseconds and ten random
    /// bytes, so that ids of one device sort by the time they were made.
    #[must_use]
    pub const fn from_parts(now_ms: u64, random: [u8; 10]) -> Self {
        let time = now_ms.to_be_bytes();
        let mut bytes = [0; 16];
        let mut at = 0;
        while at < 6 {
            bytes[at] = time[at + 2];
            at += 1;
        }
        while at < 16 {
            bytes[at] = random[at - 6];
            at += 1;
        }
        bytes[6] = (bytes[6] & 0x0f) | 0x70;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_round_trips(bytes: [u8; 16]) {
            let id = RecordId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<RecordId>(), Ok(id));
        }
    }

    #[test]
    fn rejects_texts_of_other_shapes() {
        for text in [
            "",
            "0",
            "00000000-0000-0000-0000-00000000000",
            "00000000-0000-0000-0000-0000000000000",
            "00000000_0000-0000-0000-000000000000",
            "0000000A-0000-0000-0000-000000000000",
            "g0000000-0000-0000-0000-000000000000",
            "é000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(text.parse::<OpId>(), Err(ParseIdError), "{text}");
        }
    }

    #[test]
    fn op_ids_are_version_7_and_sort_by_time() {
        let early = OpId::from_parts(1_700_000_000_000, [255; 10]);
        let late = OpId::from_parts(1_700_000_000_001, [0; 10]);
        assert!(early < late);
        assert_eq!(early.as_bytes()[6] >> 4, 7);
        assert_eq!(early.as_bytes()[8] >> 6, 2);
    }

    #[test]
    fn json_holds_the_text_form() {
        let id = VaultId::from_random([7; 16]);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"07070707-0707-4707-8707-070707070707\"");
        assert_eq!(serde_json::from_str::<VaultId>(&json).unwrap(), id);
    }
}
