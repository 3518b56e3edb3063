//! Padmé padding (Nikitin and others, "Reducing Metadata Leakage from
//! Encrypted Files and Communication with PURBs", 2019, section 4), so that a
//! sealed length tells a bucket and not a length. At most 12 % are added.
//!
//! ```text
//! length of the content, LEB128 · content · zeros
//! ```
//! The whole is as long as Padmé says for length and content together, and
//! never shorter than 256 bytes, because Padmé hardly pads what is short.

use core::ops::Range;
use vault_types::{DecodeError, Reader, Writer, limits};
use zeroize::Zeroizing;

const PADDED_LEN_MIN: usize = 256;

/// The length that `len` bytes are padded to.
const fn bucket(len: usize) -> usize {
    if len <= PADDED_LEN_MIN {
        return PADDED_LEN_MIN;
    }
    let exponent = len.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept_bits)) - 1;
    (len + mask) & !mask
}

/// The content framed and padded; `None` if that is more than
/// [`limits::PLAINTEXT_BYTES_MAX`].
pub(crate) fn pad(content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if content.len() > limits::PLAINTEXT_BYTES_MAX {
        return None;
    }
    let mut frame = Writer::with_capacity(5);
    frame.len(u32::try_from(content.len()).ok()?);
    let frame = frame.finish();
    let len = bucket(frame.len() + content.len());
    if len > limits::PLAINTEXT_BYTES_MAX {
        return None;
    }
    let mut padded = Zeroizing::new(Vec::with_capacity(len));
    padded.extend_from_slice(&frame);
    padded.extend_from_slice(content);
    padded.resize(len, 0);
    Some(padded)
}

/// Where the content of padded bytes lies. One content has one padded form:
/// another length or a byte other than zero behind the content is refused.
fn locate(padded: &[u8]) -> Result<Range<usize>, DecodeError> {
    let mut reader = Reader::new(padded);
    let len = reader.bytes(limits::PLAINTEXT_BYTES_MAX)?.len();
    let zeros = reader.rest();
    let end = padded.len() - zeros.len();
    if bucket(end) != padded.len() || zeros.iter().any(|&byte| byte != 0) {
        return Err(DecodeError::NotCanonical);
    }
    Ok(end - len..end)
}

/// The content of padded bytes.
pub(crate) fn unpad(padded: &[u8]) -> Result<&[u8], DecodeError> {
    Ok(&padded[locate(padded)?])
}

/// The content of padded bytes, in the same buffer.
pub(crate) fn unpad_in_place(padded: &mut Vec<u8>) -> Result<(), DecodeError> {
    let content = locate(padded)?;
    padded.truncate(content.end);
    padded.drain(..content.start);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_padded_is_unpadded(content in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let padded = pad(&content).unwrap();
            prop_assert_eq!(unpad(&padded), Ok(content.as_slice()));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = unpad(&bytes);
        }

        #[test]
        fn at_most_an_eighth_is_added(len in 257_usize..limits::PLAINTEXT_BYTES_MAX) {
            let padded = bucket(len);
            prop_assert!(padded >= len && padded - len <= len / 8);
            prop_assert_eq!(bucket(padded), padded);
        }
    }

    #[test]
    fn buckets_are_those_of_the_paper() {
        // E = 8, S = 4: steps of 16. E = 9, S = 4: 32. E = 20, S = 5: 32768.
        assert_eq!(bucket(257), 272);
        assert_eq!(bucket(272), 272);
        assert_eq!(bucket(273), 288);
        assert_eq!(bucket(513), 544);
        assert_eq!(bucket((1 << 20) + 1), (1 << 20) + (1 << 15));
    }

    #[test]
    fn padded_length_tells_the_bucket_only() {
        for len in 0..=PADDED_LEN_MIN - 2 {
            assert_eq!(pad(&vec![7; len]).unwrap().len(), PADDED_LEN_MIN);
        }
        let lens = 1_000..1_020;
        let padded: Vec<_> = lens.map(|len| pad(&vec![7; len]).unwrap().len()).collect();
        assert!(padded.iter().all(|&len| len == 1_024));
    }

    #[test]
    fn rejects_padding_that_is_not_canonical() {
        let padded = pad(b"abc").unwrap();
        for at in 4..padded.len() {
            let mut changed = padded.to_vec();
            changed[at] = 1;
            assert_eq!(unpad(&changed), Err(DecodeError::NotCanonical), "{at}");
        }
        let mut longer = padded.to_vec();
        longer.push(0);
        assert_eq!(unpad(&longer), Err(DecodeError::NotCanonical));
        assert!(unpad(&padded[..padded.len() - 1]).is_err());
    }

    #[test]
    fn refuses_content_beyond_the_limit() {
        assert!(pad(&vec![0; limits::PLAINTEXT_BYTES_MAX + 1]).is_none());
        assert!(pad(&vec![0; limits::PLAINTEXT_BYTES_MAX]).is_none());
        let longest_record = limits::NOTE_TEXT_BYTES_MAX + 64 * 1024;
        assert!(pad(&vec![0; longest_record]).is_some());
    }
}
