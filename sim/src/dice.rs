//! All chance of a history comes from here, and from its seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A seeded source of choices.
pub(crate) struct Dice(ChaCha8Rng);

/// The source of one stream of a seed: streams do not influence each other.
pub(crate) fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

impl Dice {
    /// The choices of one stream of a seed.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(stream(seed, number))
    }

    /// A number below `n`; 0 if there is none.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        // The bias of the remainder is of no matter here.
        self.0.next_u64().checked_rem(n).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// A place below `len`; `None` if there is none.
    pub(crate) fn place(&mut self, len: usize) -> Option<usize> {
        (len > 0).then(|| self.below(len as u64) as usize)
    }

    /// One of them.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = self.place(from.len())?;
        from.get(at).copied()
    }

    /// One of them, each as often as its weight says; the last one if all
    /// weigh nothing.
    pub(crate) fn weigh<T: Copy>(&mut self, from: &[(u64, T)], or: T) -> T {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for (weight, what) in from {
            if left < *weight {
                return *what;
            }
            left -= weight;
        }
        or
    }

    /// A short time, and now and then a long one, up to `most`.
    pub(crate) fn wait_ms(&mut self, usual_ms: u64, most_ms: u64) -> u64 {
        let doublings = self.below(8).saturating_sub(3);
        let wait_ms = self.below(usual_ms + 1) << doublings;
        wait_ms.min(most_ms)
    }
}
