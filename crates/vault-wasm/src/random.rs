//! The browser's randomness, fetched in batches: each call to the browser
//! costs about as much as sealing a small record.

use rand_core::{Infallible, TryCryptoRng, TryRng};
use zeroize::{Zeroize, Zeroizing};

/// Random bytes that one call to the browser brings.
const BATCH_BYTES: usize = 4096;

/// The browser has no source of randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// A cryptographic random source. Bytes are wiped as they are handed out.
pub(crate) struct Random {
    batch: Zeroizing<[u8; BATCH_BYTES]>,
    used: usize,
}

impl Random {
    /// Asks the browser for the first batch.
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        let mut random = Self {
            batch: Zeroizing::new([0; BATCH_BYTES]),
            used: BATCH_BYTES,
        };
        random.refill()?;
        Ok(random)
    }

    fn refill(&mut self) -> Result<(), NoRandomness> {
        getrandom::fill(self.batch.as_mut_slice()).map_err(|_| NoRandomness)?;
        self.used = 0;
        Ok(())
    }

    fn hand_out(&mut self, target: &mut [u8]) {
        let mut rest = target;
        while !rest.is_empty() {
            if self.used == BATCH_BYTES && self.refill().is_err() {
                // It gave bytes before and now gives none. Going on would seal
                // under bytes that somebody may know: end this worker.
                std::process::abort();
            }
            let len = rest.len().min(BATCH_BYTES - self.used);
            let (now, later) = rest.split_at_mut(len);
            let source = &mut self.batch[self.used..self.used + len];
            now.copy_from_slice(source);
            source.zeroize();
            self.used += len;
            rest = later;
        }
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.hand_out(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.hand_out(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Infallible> {
        self.hand_out(target);
        Ok(())
    }
}

impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rand_core::Rng;
    use std::collections::HashSet;

    #[test]
    fn no_sixteen_bytes_come_twice_across_batches() {
        let mut random = Random::new().unwrap();
        let mut seen = HashSet::new();
        for _ in 0..3 * BATCH_BYTES / 16 {
            let mut bytes = [0; 16];
            random.fill_bytes(&mut bytes);
            assert!(seen.insert(bytes));
        }
    }

    #[test]
    fn a_request_may_be_longer_than_a_batch() {
        let mut random = Random::new().unwrap();
        random.next_u32();
        let mut bytes = vec![0; 3 * BATCH_BYTES + 5];
        random.fill_bytes(&mut bytes);
        assert!(
            bytes
                .chunks(16)
                .all(|chunk| chunk.len() < 16 || chunk != [0; 16])
        );
    }

    #[test]
    fn handed_out_bytes_are_wiped() {
        let mut random = Random::new().unwrap();
        let mut bytes = [0; 64];
        random.fill_bytes(&mut bytes);
        assert_ne!(bytes, [0; 64]);
        assert_eq!(random.batch[..64], [0; 64]);
    }
}
