//! Rice codes: small numbers in few bits.
//!
//! Bits fill each byte from the lowest. The Rice code of `value` with
//! parameter `k` is `value >> k` one bits, a zero bit, and the `k` low bits of
//! `value`. A quotient of [`ESCAPE`] or more is written as [`ESCAPE`] one bits
//! and the 32 bits of `value`.

/// The quotient from which on a value is written out.
const ESCAPE: u32 = 20;

/// The best parameter for `count` numbers that add up to about `total`: the
/// largest `k` with `2^k <= 11/16 * total / count`, or 0.
pub(super) const fn rice_parameter(total: u32, count: u32) -> u32 {
    let count = if count == 0 { 1 } else { count };
    match (total as u64 * 11 / (count as u64 * 16)).checked_ilog2() {
        Some(parameter) => parameter,
        None => 0,
    }
}

/// Writes bits behind the bytes that are already there.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet, and how many.
    buffer: u64,
    filled: u32,
}

impl BitWriter {
    pub(super) fn write_rice(&mut self, value: u32, parameter: u32) {
        let quotient = value >> parameter;
        if quotient >= ESCAPE {
            self.write((1 << ESCAPE) - 1, ESCAPE);
            self.write(u64::from(value), 32);
        } else {
            self.write((1 << quotient) - 1, quotient + 1);
            self.write(u64::from(value) & ((1 << parameter) - 1), parameter);
        }
    }

    /// Fills the last byte with zeros.
    pub(super) fn align(&mut self) {
        if self.filled > 0 {
            self.bytes.push(self.buffer as u8);
            self.buffer = 0;
            self.filled = 0;
        }
    }

    /// The whole bytes written so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.buffer = 0;
        self.filled = 0;
    }

    /// Appends the `count` low bits of `bits`, at most 32; the others are 0.
    fn write(&mut self, bits: u64, count: u32) {
        self.buffer |= bits << self.filled;
        self.filled += count;
        while self.filled >= 8 {
            self.bytes.push(self.buffer as u8);
            self.buffer >>= 8;
            self.filled -= 8;
        }
    }
}

/// Reads what [`BitWriter`] wrote; `None` instead of going past the end.
#[derive(Clone, Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bits read ahead; only the `filled` low ones count.
    buffer: u64,
    filled: u32,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            buffer: 0,
            filled: 0,
        }
    }

    /// Reads a number written with the same `parameter`, at most 31.
    #[inline]
    pub(super) fn read_rice(&mut self, parameter: u32) -> Option<u32> {
        if self.filled < ESCAPE + 1 + parameter {
            self.refill();
        }
        let quotient = self.buffer.trailing_ones();
        if quotient >= ESCAPE {
            return self.read_escaped();
        }
        // At most 20 + 31 bits; a refill gives at least 56 unless the end is near.
        let used = quotient + 1 + parameter;
        if used > self.filled {
            return None;
        }
        let rest = (self.buffer >> (quotient + 1)) & ((1 << parameter) - 1);
        self.skip(used);
        u32::try_from(u64::from(quotient) << parameter | rest).ok()
    }

    /// Moves to the next byte border.
    pub(super) fn align(&mut self) {
        self.skip(self.filled % 8);
    }

    /// How many bytes were read, the last one perhaps in part.
    pub(super) fn offset(&self) -> usize {
        self.at - (self.filled / 8) as usize
    }

    #[cold]
    fn read_escaped(&mut self) -> Option<u32> {
        if self.filled < ESCAPE {
            return None;
        }
        self.skip(ESCAPE);
        self.refill();
        if self.filled < 32 {
            return None;
        }
        let value = self.buffer as u32;
        self.skip(32);
        Some(value)
    }

    fn skip(&mut self, bits: u32) {
        self.buffer >>= bits;
        self.filled -= bits;
    }

    #[inline]
    fn refill(&mut self) {
        if let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            // As many whole bytes as fit; the bits beyond `filled` are the
            // true next ones and are overwritten with themselves.
            self.buffer |= u64::from_le_bytes(*word) << self.filled;
            self.at += ((63 - self.filled) / 8) as usize;
            self.filled |= 56;
        } else {
            self.refill_slowly();
        }
    }

    fn refill_slowly(&mut self) {
        // The fast path may have left bits above `filled`.
        self.buffer &= (1 << self.filled) - 1;
        while self.filled <= 48
            && let Some(byte) = self.bytes.get(self.at)
        {
            self.buffer |= u64::from(*byte) << self.filled;
            self.filled += 8;
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_round_trip_with_any_parameter(
            values in proptest::collection::vec(
                (prop_oneof![0_u32..100, any::<u32>()], 0_u32..32, any::<bool>()), 0..200)
        ) {
            let mut writer = BitWriter::default();
            for (value, parameter, aligned) in &values {
                writer.write_rice(*value, *parameter);
                if *aligned {
                    writer.align();
                }
            }
            writer.align();
            let bytes = writer.bytes().to_vec();
            let mut reader = BitReader::new(&bytes);
            for (value, parameter, aligned) in &values {
                prop_assert_eq!(reader.read_rice(*parameter), Some(*value));
                if *aligned {
                    reader.align();
                }
            }
            reader.align();
            prop_assert_eq!(reader.offset(), bytes.len());
        }

        #[test]
        fn hostile_bits_end_without_reading_past_the_end(
            bytes in proptest::collection::vec(any::<u8>(), 0..100), parameter in 0_u32..32
        ) {
            let mut reader = BitReader::new(&bytes);
            let mut count = 0;
            while reader.read_rice(parameter).is_some() {
                count += 1;
            }
            prop_assert!(count <= bytes.len() * 8);
            prop_assert!(reader.offset() <= bytes.len());
        }
    }

    #[test]
    fn the_parameter_follows_the_mean() {
        assert_eq!(rice_parameter(0, 0), 0);
        assert_eq!(rice_parameter(10, 10), 0);
        assert_eq!(rice_parameter(100, 1), 6);
        assert_eq!(rice_parameter(u32::MAX, 1), 31);
    }
}
