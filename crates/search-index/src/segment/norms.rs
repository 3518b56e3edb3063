//! Field lengths, one byte each.
//!
//! Ranking needs to know how long a field is, but not exactly: lengths below
//! 24 are kept, longer ones keep four significant bits, which is at most
//! 12 percent off and reaches past any text that fits a record.

/// Lengths below this are exact.
const EXACT: u32 = 24;

/// The byte for a length in tokens, rounded down.
pub(super) const fn encode_norm(length: u32) -> u8 {
    if length < EXACT {
        return length as u8;
    }
    // `length - 16` is at least 8, so it has an exponent of at least 3.
    let shifted = length - 16;
    let exponent = shifted.ilog2() - 3;
    let mantissa = (shifted >> exponent) & 7;
    (EXACT + exponent * 8 + mantissa) as u8
}

/// The length in tokens that a byte stands for.
pub(super) const fn decode_norm(norm: u8) -> u32 {
    let norm = norm as u32;
    if norm < EXACT {
        return norm;
    }
    let exponent = (norm - EXACT) / 8;
    let mantissa = (norm - EXACT) % 8;
    // The largest byte, which no length encodes to, would overflow.
    match (8 + mantissa).checked_shl(exponent) {
        Some(shifted) if exponent <= 28 => shifted.saturating_add(16),
        _ => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lengths_are_exact() {
        for length in 0..=31 {
            assert_eq!(decode_norm(encode_norm(length)), length);
        }
    }

    #[test]
    fn long_lengths_are_close_and_never_longer() {
        for length in (24..4_000_000).step_by(37).chain([u32::MAX]) {
            let decoded = decode_norm(encode_norm(length));
            assert!(
                decoded <= length && decoded >= length - length / 8,
                "{length}"
            );
        }
    }

    #[test]
    fn every_byte_decodes_and_grows() {
        for norm in 0..u8::MAX {
            assert!(decode_norm(norm) <= decode_norm(norm + 1));
        }
    }
}
