//! What is still to happen, by virtual time. What is due at one time happens
//! in the order in which it was planned.

use crate::world::Happening;
use std::collections::BTreeMap;

/// The queue of everything that is to happen.
#[derive(Default)]
pub(crate) struct Agenda {
    entries: BTreeMap<(u64, u64), Happening>,
    planned: u64,
}

impl Agenda {
    /// Plans something.
    pub(crate) fn plan(&mut self, at_ms: u64, what: Happening) {
        self.planned += 1;
        self.entries.insert((at_ms, self.planned), what);
    }

    /// Takes what is due first, if it is due by then, and its time.
    pub(crate) fn next_by(&mut self, until_ms: u64) -> Option<(u64, Happening)> {
        let entry = self.entries.first_entry()?;
        let (at_ms, _) = *entry.key();
        (at_ms <= until_ms).then(|| (at_ms, entry.remove()))
    }
}
