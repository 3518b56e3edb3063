//! The byte encoding under every format of Lockstep: big-endian fixed-width
//! numbers, LEB128 lengths, no padding. One value has one encoding: the
//! reader refuses a length that was encoded longer than needed.

use core::fmt;

/// Bytes that do not follow their format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// They end too early.
    Truncated,
    /// Something is left over behind the end.
    TrailingBytes,
    /// A length is encoded in more bytes than it needs, or is beyond 32 bits.
    NotCanonical,
    /// A length is beyond what the field may hold.
    TooLong,
    /// A text is not UTF-8.
    NotUtf8,
    /// A number stands for nothing this version knows.
    UnknownValue,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the bytes end too early",
            Self::TrailingBytes => "bytes are left over behind the end",
            Self::NotCanonical => "a length is not in its shortest form",
            Self::TooLong => "a length is beyond what the field may hold",
            Self::NotUtf8 => "a text is not UTF-8",
            Self::UnknownValue => "a number stands for nothing this version knows",
        })
    }
}

impl core::error::Error for DecodeError {}

/// Appends values to a buffer.
#[derive(Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty buffer with room for so many bytes.
    #[must_use]
    pub fn with_capacity(len: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(len),
        }
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes.push(value);
        self
    }

    /// Two bytes, big-endian.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Four bytes, big-endian.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Eight bytes, big-endian.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Unsigned LEB128 in its shortest form, one to five bytes.
    pub fn len(&mut self, mut value: u32) -> &mut Self {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
        self
    }

    /// Bytes whose length the reader knows.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A length and that many bytes. Longer than 32 bits can count is cut,
    /// which no caller reaches: every field has a limit far below.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.len(len).raw(&bytes[..len as usize])
    }

    /// A length and that many bytes of UTF-8.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// How many bytes were written.
    #[must_use]
    pub fn written(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Takes values off the front of a slice.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from the front of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// So many bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer are left.
    pub fn raw(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        if len > self.rest.len() {
            return Err(DecodeError::Truncated);
        }
        let (head, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(head)
    }

    /// So many bytes, the number being part of the type.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.raw(N)?);
        Ok(array)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// Four bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Eight bytes, big-endian.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Unsigned LEB128 in its shortest form, at most 32 bits.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`], [`DecodeError::NotCanonical`].
    #[allow(clippy::len_without_is_empty, reason = "reads a length, has none")]
    pub fn len(&mut self) -> Result<u32, DecodeError> {
        let mut value: u64 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if byte == 0 && shift > 0 {
                    return Err(DecodeError::NotCanonical);
                }
                return u32::try_from(value).map_err(|_| DecodeError::NotCanonical);
            }
        }
        Err(DecodeError::NotCanonical)
    }

    /// A length of at most `limit` and that many bytes.
    ///
    /// # Errors
    /// As [`Self::len`] and [`Self::raw`]; [`DecodeError::TooLong`].
    pub fn bytes(&mut self, limit: usize) -> Result<&'a [u8], DecodeError> {
        let len = self.len()? as usize;
        if len > limit {
            return Err(DecodeError::TooLong);
        }
        self.raw(len)
    }

    /// A length of at most `limit` and that many bytes of UTF-8.
    ///
    /// # Errors
    /// As [`Self::bytes`]; [`DecodeError::NotUtf8`].
    pub fn text(&mut self, limit: usize) -> Result<&'a str, DecodeError> {
        core::str::from_utf8(self.bytes(limit)?).map_err(|_| DecodeError::NotUtf8)
    }

    /// What was not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Says that everything must have been read.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] if not.
    pub const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TrailingBytes)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(a: u16, b: u64, len: u32, text: String, tail: Vec<u8>) {
            let mut writer = Writer::new();
            writer.u16(a).u64(b).len(len).text(&text).raw(&tail);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.u16(), Ok(a));
            prop_assert_eq!(reader.u64(), Ok(b));
            prop_assert_eq!(reader.len(), Ok(len));
            prop_assert_eq!(reader.text(text.len()), Ok(text.as_str()));
            prop_assert_eq!(reader.rest(), tail.as_slice());
        }

        #[test]
        fn a_length_has_one_encoding(bytes in proptest::collection::vec(any::<u8>(), 1..6)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(value) = reader.len() {
                let mut writer = Writer::new();
                writer.len(value);
                let used = bytes.len() - reader.rest().len();
                prop_assert_eq!(writer.finish(), &bytes[..used]);
            }
        }
    }

    #[test]
    fn rejects_a_length_beyond_the_limit_before_reading_it() {
        let bytes = [5, b'a'];
        assert_eq!(Reader::new(&bytes).bytes(4), Err(DecodeError::TooLong));
        assert_eq!(Reader::new(&bytes).bytes(5), Err(DecodeError::Truncated));
    }

    #[test]
    fn rejects_trailing_bytes() {
        let mut reader = Reader::new(&[1, 2]);
        reader.u8().unwrap();
        assert_eq!(reader.finish(), Err(DecodeError::TrailingBytes));
    }
}
