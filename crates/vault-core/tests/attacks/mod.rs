//! What a hostile server can do to key slots and to what is sealed, tried
//! exhaustively and counted. The client is the real one, through its public
//! interface; the attacker can rewrite every byte that a server holds.
//!
//! An attempt succeeds when something opens that the vault did not make for
//! this very place. None may. Attempts are counted and successes collected,
//! not asserted, so that the same code runs in a browser, where a panic says
//! nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(crate) mod costs;
pub(crate) mod flips;
pub(crate) mod replays;
pub(crate) mod seals;
pub(crate) mod swaps;
mod world;

/// One kind of attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// How often it was tried.
    pub(crate) cases: usize,
    /// Which tries succeeded.
    pub(crate) successes: Vec<String>,
}

impl Attack {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            cases: 0,
            successes: Vec::new(),
        }
    }

    /// Counts a try. `named` is asked for after a success only.
    pub(crate) fn tried(&mut self, succeeded: bool, named: impl FnOnce() -> String) {
        self.cases += 1;
        if succeeded {
            self.successes.push(named());
        }
    }
}

/// How thorough: a browser takes a part of what grows with squares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "each of the two places uses one")]
pub(crate) enum Extent {
    Everything,
    Core,
}

/// Every attack.
pub(crate) const ALL: [fn(Extent) -> Attack; 14] = [
    // The longest first, so that several at a time end together.
    seals::places,
    swaps::slots,
    |_| flips::fields(),
    flips::texts,
    |_| flips::truncations(),
    |_| swaps::parts(),
    |_| swaps::arrangements(),
    |_| replays::lists(),
    |_| replays::keys(),
    |_| costs::refused(),
    |_| seals::flips(),
    |_| seals::truncations(),
    |_| seals::headers(),
    |_| seals::identities(),
];
