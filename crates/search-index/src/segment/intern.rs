//! A table that numbers terms: each distinct one is stored once.

/// Terms with dense ids, in the order of their first appearance.
///
/// An open-addressing table over one arena: no allocation per term and no
/// random hasher state, so that the same documents take the same path. Terms
/// crafted to collide slow down the one segment that holds them.
#[derive(Debug, Default)]
pub(super) struct TermTable {
    arena: Vec<u8>,
    /// Where each term ends in the arena.
    ends: Vec<u32>,
    /// Term id + 1, or 0 for a free slot; a power of two long.
    slots: Vec<u32>,
}

const FIRST_SLOTS: usize = 1024;

impl TermTable {
    /// The id of `term`, a new one if it was not seen before.
    pub(super) fn intern(&mut self, term: &[u8]) -> u32 {
        if self.ends.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(term) as usize & mask;
        while let Some(id) = self.slots[slot].checked_sub(1) {
            if self.term(id) == term {
                return id;
            }
            slot = (slot + 1) & mask;
        }
        let id = self.ends.len() as u32;
        self.arena.extend_from_slice(term);
        self.ends.push(self.arena.len() as u32);
        self.slots[slot] = id + 1;
        id
    }

    /// The term with this id; empty if there is none.
    pub(super) fn term(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = id
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(id).copied().unwrap_or(start);
        self.arena
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// How many distinct terms there are.
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all distinct terms.
    pub(super) const fn arena_bytes(&self) -> usize {
        self.arena.len()
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(FIRST_SLOTS);
        self.slots = vec![0; len];
        for id in 0..self.ends.len() as u32 {
            let mut slot = hash(self.term(id)) as usize & (len - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (len - 1);
            }
            self.slots[slot] = id + 1;
        }
    }
}

/// A multiplicative hash, eight bytes a step.
fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x517c_c1b7_2722_0a95;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut hash = bytes.len() as u64;
    for word in words {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(K);
    }
    let last = rest
        .iter()
        .fold(0, |word, byte| word << 8 | u64::from(*byte));
    hash = (hash.rotate_left(5) ^ last).wrapping_mul(K);
    // The low bits choose the slot; the high ones are better mixed.
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_terms_share_an_id_and_keep_it_while_the_table_grows() {
        let mut table = TermTable::default();
        let term = |n: u32| format!("term {n}").into_bytes();
        for n in 0..5000 {
            assert_eq!(table.intern(&term(n)), n);
        }
        for n in 0..5000 {
            assert_eq!(table.intern(&term(n)), n);
            assert_eq!(table.term(n), term(n));
        }
        assert_eq!(table.len(), 5000);
    }
}
