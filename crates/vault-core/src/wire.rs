//! Fixed and bounded fields of key slots in JSON and MessagePack.

use core::fmt;
use core::marker::PhantomData;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vault_types::OpaqueBytes;
use vault_types::wire::{Decode, Encode, NotAValue, ValueReader, ValueWriter};

/// Exactly `N` bytes: unpadded base64url in JSON, `bin` in MessagePack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct FixedBytes<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> fmt::Debug for FixedBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({N} bytes)")
    }
}

impl<const N: usize> Encode for FixedBytes<N> {
    fn encode(&self, out: &mut ValueWriter) {
        out.bytes(&self.0);
    }
}

impl<const N: usize> Decode for FixedBytes<N> {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.array().map(Self)
    }
}

impl<const N: usize> Serialize for FixedBytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OpaqueBytes::new(self.0.to_vec()).serialize(serializer)
    }
}

impl<'de, const N: usize> Deserialize<'de> for FixedBytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = OpaqueBytes::deserialize(deserializer)?;
        let array = bytes.as_slice().try_into();
        array
            .map(Self)
            .map_err(|_| de::Error::invalid_length(bytes.len(), &"another number of bytes"))
    }
}

/// Bytes of which there are at most `MAX`.
pub(crate) fn bounded_bytes<'de, D, const MAX: usize>(
    deserializer: D,
) -> Result<OpaqueBytes, D::Error>
where
    D: Deserializer<'de>,
{
    let bytes = OpaqueBytes::deserialize(deserializer)?;
    if bytes.len() > MAX {
        return Err(de::Error::invalid_length(bytes.len(), &"fewer bytes"));
    }
    Ok(bytes)
}

/// A text of at most `MAX` bytes.
pub(crate) fn bounded_text<'de, D, const MAX: usize>(deserializer: D) -> Result<String, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    if text.len() > MAX {
        return Err(de::Error::invalid_length(text.len(), &"a shorter text"));
    }
    Ok(text)
}

/// A list of at most `MAX` values, refused at the first one beyond.
pub(crate) fn bounded_list<'de, D, T, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(value) = seq.next_element()? {
                if list.len() == MAX {
                    return Err(de::Error::invalid_length(MAX + 1, &self));
                }
                list.push(value);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(ListVisitor::<T, MAX>(PhantomData))
}
