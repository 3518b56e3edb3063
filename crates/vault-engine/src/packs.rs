//! Packs: values of the device's storage that hold many sealed operations.
//!
//! ```text
//! pack = (length LEB128 ‖ operation)*
//! ```
//! A row of its own for each operation would cost six times as much to write.
//! One transaction writes one run of packs; an operation never moves, and a
//! pack goes when its last living operation has gone.

use vault_types::{DecodeError, Map, Reader, Writer, limits};

/// Names a pack on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct PackId(pub(crate) u32);

impl PackId {
    /// The key in storage: eight hexadecimal digits, so that keys sort.
    pub(crate) fn key(self) -> String {
        format!("{:08x}", self.0)
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        u32::from_str_radix(key, 16).ok().map(Self)
    }
}

/// Where an operation's bytes lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) pack: PackId,
    pub(crate) offset: u32,
    pub(crate) len: u32,
}

impl Location {
    pub(crate) fn write(self, writer: &mut Writer) {
        writer.u32(self.pack.0).u32(self.offset).u32(self.len);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            pack: PackId(reader.u32()?),
            offset: reader.u32()?,
            len: reader.u32()?,
        })
    }

    /// The operation's bytes within its pack.
    pub(crate) fn slice(self, pack: &[u8]) -> Option<&[u8]> {
        let start = self.offset as usize;
        pack.get(start..start.checked_add(self.len as usize)?)
    }
}

/// Lays operations into packs of about [`limits::PAGE_BYTES`].
pub(crate) struct PackWriter {
    next: PackId,
    open: Writer,
    done: Vec<(PackId, Vec<u8>)>,
}

impl PackWriter {
    /// Writes packs from number `next` on.
    pub(crate) fn new(next: PackId) -> Self {
        Self {
            next,
            open: Writer::new(),
            done: Vec::new(),
        }
    }

    /// Adds one operation and says where it lies.
    pub(crate) fn add(&mut self, op: &[u8]) -> Location {
        if self.open.written() > 0 && self.open.written() + op.len() > limits::PAGE_BYTES {
            self.close();
        }
        let len = u32::try_from(op.len()).unwrap_or(u32::MAX);
        self.open.len(len);
        let offset = u32::try_from(self.open.written()).unwrap_or(u32::MAX);
        self.open.raw(op);
        Location {
            pack: self.next,
            offset,
            len,
        }
    }

    fn close(&mut self) {
        let bytes = core::mem::take(&mut self.open).finish();
        self.done.push((self.next, bytes));
        self.next = PackId(self.next.0 + 1);
    }

    /// The packs, in ascending order.
    pub(crate) fn finish(mut self) -> Vec<(PackId, Vec<u8>)> {
        if self.open.written() > 0 {
            self.close();
        }
        self.done
    }
}

/// Where the operations of a pack lie, as far as it is whole.
pub(crate) fn places(pack: PackId, bytes: &[u8]) -> Vec<Location> {
    let mut reader = Reader::new(bytes);
    let mut places = Vec::new();
    let mut end = 0;
    while let Ok(op) = reader.bytes(limits::OP_BYTES_MAX) {
        let len = op.len();
        // The prefix: seven bits a byte.
        let prefix = (1..).find(|n| len >> (7 * n) == 0).unwrap_or(1);
        let offset = end + prefix;
        end = offset + len;
        if let (Ok(offset), Ok(len)) = (u32::try_from(offset), u32::try_from(len)) {
            places.push(Location { pack, offset, len });
        }
    }
    places
}

/// Which packs there are, how much of each is alive, and the bytes of those
/// that were used last.
#[derive(Default)]
pub(crate) struct Packs {
    live_bytes: Map<PackId, u64>,
    cache: Map<PackId, Cached>,
    cached_bytes: usize,
    clock: u64,
    /// Above every number that was alive since this vault was opened.
    next: PackId,
}

struct Cached {
    bytes: Vec<u8>,
    used: u64,
}

/// Sealed bytes that are kept in memory at the most.
const CACHE_BYTES_MAX: usize = 8 * 1024 * 1024;

impl Packs {
    /// A number that no pack had while this vault was open: what is still
    /// being read of an earlier pack can never pass for a later one.
    pub(crate) fn next(&self) -> PackId {
        self.next.max(PackId(1))
    }

    /// How many bytes of a pack are alive.
    pub(crate) fn live_bytes(&self, pack: PackId) -> u64 {
        self.live_bytes.get(&pack).copied().unwrap_or_default()
    }

    /// Never gives a pack this number.
    pub(crate) fn avoid(&mut self, pack: PackId) {
        self.next = self.next.max(PackId(pack.0.saturating_add(1)));
    }

    /// Counts an operation as alive.
    pub(crate) fn retain(&mut self, at: Location) {
        self.avoid(at.pack);
        *self.live_bytes.entry(at.pack).or_default() += u64::from(at.len);
    }

    /// Counts an operation as dead; says whether its pack is now useless.
    pub(crate) fn release(&mut self, at: Location) -> Option<PackId> {
        let live = self.live_bytes.get_mut(&at.pack)?;
        *live = live.saturating_sub(u64::from(at.len));
        if *live > 0 {
            return None;
        }
        self.live_bytes.remove(&at.pack);
        self.forget(at.pack);
        Some(at.pack)
    }

    fn forget(&mut self, pack: PackId) {
        if let Some(cached) = self.cache.remove(&pack) {
            self.cached_bytes -= cached.bytes.len();
        }
    }

    /// Keeps a pack's bytes for a while.
    pub(crate) fn remember(&mut self, pack: PackId, bytes: Vec<u8>) {
        self.forget(pack);
        self.clock += 1;
        self.cached_bytes += bytes.len();
        self.cache.insert(
            pack,
            Cached {
                bytes,
                used: self.clock,
            },
        );
    }

    /// Lets go of what was used longest ago, down to the limit.
    pub(crate) fn trim(&mut self) {
        while self.cached_bytes > CACHE_BYTES_MAX {
            let oldest = self.cache.iter().min_by_key(|(_, cached)| cached.used);
            let Some(pack) = oldest.map(|(pack, _)| *pack) else {
                return;
            };
            self.forget(pack);
        }
    }

    /// Whether a pack's bytes are in memory.
    pub(crate) fn holds(&self, pack: PackId) -> bool {
        self.cache.contains_key(&pack)
    }

    /// An operation's bytes, if its pack is in memory.
    pub(crate) fn bytes(&mut self, at: Location) -> Option<&[u8]> {
        self.clock += 1;
        let cached = self.cache.get_mut(&at.pack)?;
        cached.used = self.clock;
        at.slice(&cached.bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn operations_are_found_where_they_were_put() {
        let mut writer = PackWriter::new(PackId(7));
        let ops: Vec<Vec<u8>> = (0..300)
            .map(|n: u32| vec![n as u8; 500 + n as usize])
            .collect();
        let places: Vec<Location> = ops.iter().map(|op| writer.add(op)).collect();
        let packs = writer.finish();
        assert!(packs.len() > 1);
        assert!(
            packs
                .iter()
                .all(|(_, bytes)| bytes.len() <= limits::PAGE_BYTES + 4)
        );
        let found = packs
            .iter()
            .flat_map(|(id, bytes)| super::places(*id, bytes));
        assert!(found.eq(places.iter().copied()));
        for (op, at) in ops.iter().zip(places) {
            let (_, bytes) = packs.iter().find(|(id, _)| *id == at.pack).unwrap();
            assert_eq!(at.slice(bytes).unwrap(), op);
        }
    }

    #[test]
    fn an_operation_larger_than_a_page_gets_a_pack_of_its_own() {
        let mut writer = PackWriter::new(PackId(1));
        writer.add(&[1; 10]);
        let at = writer.add(&vec![2; limits::PAGE_BYTES * 2]);
        writer.add(&[3; 10]);
        let packs = writer.finish();
        assert_eq!(packs.len(), 3);
        assert_eq!(at.slice(&packs[1].1).unwrap().len(), limits::PAGE_BYTES * 2);
    }

    #[test]
    fn a_pack_goes_with_its_last_living_operation() {
        let mut packs = Packs::default();
        let first = Location {
            pack: PackId(3),
            offset: 0,
            len: 10,
        };
        let second = Location {
            pack: PackId(3),
            offset: 10,
            len: 20,
        };
        packs.retain(first);
        packs.retain(second);
        assert_eq!(packs.release(first), None);
        assert_eq!(packs.release(second), Some(PackId(3)));
    }

    #[test]
    fn a_number_is_not_given_twice() {
        let mut packs = Packs::default();
        let at = |pack| Location {
            pack: PackId(pack),
            offset: 1,
            len: 10,
        };
        assert_eq!(packs.next(), PackId(1));
        packs.retain(at(1));
        packs.retain(at(2));
        packs.release(at(2));
        assert_eq!(packs.next(), PackId(3));
        packs.avoid(PackId(8));
        assert_eq!(packs.next(), PackId(9));
    }

    #[test]
    fn a_place_beyond_the_pack_is_nothing() {
        let at = Location {
            pack: PackId(1),
            offset: 5,
            len: u32::MAX,
        };
        assert_eq!(at.slice(&[0; 10]), None);
    }

    #[test]
    fn the_cache_keeps_what_was_used_last() {
        let mut packs = Packs::default();
        for n in 0..20 {
            packs.remember(PackId(n), vec![0; 1024 * 1024]);
        }
        packs.trim();
        assert!(packs.holds(PackId(19)));
        assert!(!packs.holds(PackId(0)));
        assert!(packs.cached_bytes <= CACHE_BYTES_MAX);
    }
}
