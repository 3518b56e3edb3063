//! Ordered maps and sets in little code.
//!
//! What a browser downloads holds one copy of a map's code for each pair of
//! types in it. The standard library's tree takes eight kilobytes a copy, its
//! hash table two and a random source besides; this takes under one. Pairs
//! stand in order in chunks of bounded length, so that looking up is a binary
//! search and inserting moves one chunk at the most.

use core::borrow::Borrow;
use core::fmt;
use core::iter::Flatten;
use core::mem;

/// Pairs of a chunk; a longer one is cut in half.
const CHUNK_MAX: usize = 128;

/// A map in the order of its keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Map<K, V> {
    /// None of them empty.
    chunks: Vec<Vec<(K, V)>>,
    len: usize,
}

/// Where a key stands, or would: a chunk and a place in it.
struct Spot {
    chunk: usize,
    at: usize,
    found: bool,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Map<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }

    /// How many pairs.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets every pair.
    pub fn clear(&mut self) {
        self.chunks.clear();
        self.len = 0;
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.chunks
            .iter()
            .flatten()
            .map(|(key, value)| (key, value))
    }

    /// The pairs in order, their values to be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> {
        let pairs = self.chunks.iter_mut().flatten();
        pairs.map(|(key, value)| (&*key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.chunks.iter().flatten().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.chunks.iter().flatten().map(|(_, value)| value)
    }

    /// The values in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.chunks.iter_mut().flatten().map(|(_, value)| value)
    }

    /// The keys in order, the map given up.
    pub fn into_keys(self) -> impl DoubleEndedIterator<Item = K> {
        self.into_iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys, the map given up.
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The pair with the least key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        let (key, value) = self.chunks.first()?.first()?;
        Some((key, value))
    }

    /// The pair with the greatest key.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        let (key, value) = self.chunks.last()?.last()?;
        Some((key, value))
    }

    /// Keeps the pairs for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for chunk in &mut self.chunks {
            chunk.retain_mut(|(key, value)| keep(key, value));
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
        self.len = self.chunks.iter().map(Vec::len).sum();
    }

    fn take(&mut self, chunk: usize, at: usize) -> (K, V) {
        let pair = self.chunks[chunk].remove(at);
        if self.chunks[chunk].is_empty() {
            self.chunks.remove(chunk);
        }
        self.len -= 1;
        pair
    }
}

impl<K: Ord, V> Map<K, V> {
    fn spot<Q: Ord + ?Sized>(&self, key: &Q) -> Spot
    where
        K: Borrow<Q>,
    {
        let begins_behind = |chunk: &Vec<(K, V)>| {
            let first = chunk.first();
            first.is_none_or(|(first, _)| first.borrow() <= key)
        };
        let chunk = self.chunks.partition_point(begins_behind).saturating_sub(1);
        let pairs = self.chunks.get(chunk).map_or(&[][..], Vec::as_slice);
        let at = pairs.partition_point(|(other, _)| other.borrow() < key);
        let found = pairs
            .get(at)
            .is_some_and(|(other, _)| other.borrow() == key);
        Spot { chunk, at, found }
    }

    /// The value under a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let Spot { chunk, at, found } = self.spot(key);
        found.then(|| &self.chunks[chunk][at].1)
    }

    /// The value under a key, to be changed.
    #[must_use]
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let Spot { chunk, at, found } = self.spot(key);
        found.then(|| &mut self.chunks[chunk][at].1)
    }

    /// Whether there is a value under a key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.spot(key).found
    }

    /// Puts a value under a key; the one that was there comes back.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let spot = self.spot(&key);
        if spot.found {
            let here = &mut self.chunks[spot.chunk][spot.at].1;
            return Some(mem::replace(here, value));
        }
        self.put(spot, key, value);
        None
    }

    /// Puts a pair where there is none yet, and says where it is now.
    fn put(&mut self, Spot { chunk, at, .. }: Spot, key: K, value: V) -> (usize, usize) {
        self.len += 1;
        let Some(pairs) = self.chunks.get_mut(chunk) else {
            self.chunks.push(vec![(key, value)]);
            return (chunk, 0);
        };
        pairs.insert(at, (key, value));
        if pairs.len() <= CHUNK_MAX {
            return (chunk, at);
        }
        // Keys that only grow, as those of operations do, fill their chunks.
        let cut = if at == CHUNK_MAX { at } else { CHUNK_MAX / 2 };
        let behind = pairs.split_off(cut);
        self.chunks.insert(chunk + 1, behind);
        if at < cut {
            (chunk, at)
        } else {
            (chunk + 1, at - cut)
        }
    }

    /// Takes the value under a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let Spot { chunk, at, found } = self.spot(key);
        found.then(|| self.take(chunk, at).1)
    }

    /// Takes the pair with the least key out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (self.len > 0).then(|| self.take(0, 0))
    }

    /// The place of a key, to be filled if it is empty.
    pub const fn entry(&mut self, key: K) -> MapEntry<'_, K, V> {
        MapEntry { map: self, key }
    }
}

/// The place of a key, see [`Map::entry`].
pub struct MapEntry<'a, K, V> {
    map: &'a mut Map<K, V>,
    key: K,
}

impl<'a, K: Ord, V> MapEntry<'a, K, V> {
    /// The value, or else the one that `make` makes.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let spot = self.map.spot(&self.key);
        let (chunk, at) = if spot.found {
            (spot.chunk, spot.at)
        } else {
            self.map.put(spot, self.key, make())
        };
        &mut self.map.chunks[chunk][at].1
    }

    /// The value, or else this one.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value, or else an empty one.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = Flatten<std::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter().flatten()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(key, value)| {
            self.insert(key, value);
        });
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::new();
        map.extend(pairs);
        map
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A set in the order of its values.
#[derive(Clone, PartialEq, Eq)]
pub struct Set<T> {
    map: Map<T, ()>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Set<T> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { map: Map::new() }
    }

    /// How many values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Forgets every value.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// The values in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.map.keys()
    }

    /// Keeps the values for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|value, ()| keep(value));
    }
}

impl<T: Ord> Set<T> {
    /// Adds a value; `false` if it was there.
    pub fn insert(&mut self, value: T) -> bool {
        self.map.insert(value, ()).is_none()
    }

    /// Takes a value out; `false` if it was not there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.remove(value).is_some()
    }

    /// Whether a value is there.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.map.contains_key(value)
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = core::iter::Map<<Map<T, ()> as IntoIterator>::IntoIter, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(value, ())| value)
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.map.extend(values.into_iter().map(|value| (value, ())));
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut set = Self::new();
        set.extend(values);
        set
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u16, u8),
        Remove(u16),
        Entry(u16, u8),
        PopFirst,
        Retain(u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let key = 0..600_u16;
        let step = prop_oneof![
            12 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
            4 => key.clone().prop_map(Step::Remove),
            2 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Step::Entry(key, value)),
            1 => Just(Step::PopFirst),
            1 => (2..9_u16).prop_map(Step::Retain),
        ];
        proptest::collection::vec(step, 0..1500)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn does_what_the_tree_of_the_standard_library_does(steps in steps()) {
            let (mut ours, mut tree) = (Map::new(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Insert(key, value) => {
                        prop_assert_eq!(ours.insert(key, value), tree.insert(key, value));
                    }
                    Step::Remove(key) => prop_assert_eq!(ours.remove(&key), tree.remove(&key)),
                    Step::Entry(key, value) => {
                        let (here, there) = (ours.entry(key), tree.entry(key));
                        prop_assert_eq!(here.or_insert(value), there.or_insert(value));
                    }
                    Step::PopFirst => prop_assert_eq!(ours.pop_first(), tree.pop_first()),
                    Step::Retain(divisor) => {
                        ours.retain(|key, _| key % divisor != 0);
                        tree.retain(|key, _| key % divisor != 0);
                    }
                }
                prop_assert_eq!(ours.len(), tree.len());
                prop_assert_eq!(ours.first_key_value(), tree.first_key_value());
                prop_assert_eq!(ours.last_key_value(), tree.last_key_value());
            }
            prop_assert!(ours.iter().eq(tree.iter()));
            prop_assert!(ours.iter().rev().eq(tree.iter().rev()));
            for key in 0..600 {
                prop_assert_eq!(ours.get(&key), tree.get(&key));
            }
            prop_assert!(ours.chunks.iter().all(|chunk| (1..=CHUNK_MAX).contains(&chunk.len())));
            prop_assert!(ours.into_iter().eq(tree));
        }
    }

    #[test]
    fn keys_that_grow_fill_their_chunks() {
        let map: Map<u32, ()> = (0..1280).map(|key| (key, ())).collect();
        assert_eq!(map.chunks.len(), 10);
    }
}
