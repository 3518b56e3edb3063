//! A device's storage as IndexedDB gives it: a write is a transaction, all of
//! it or nothing. What was written relaxed can be lost with the power, from
//! the last strict write on; a strict one cannot.

use std::collections::BTreeMap;
use vault_engine::{Change, Flush, Query, Rows, Store, StoreError};

type Key = (Store, String);

/// The stores of one device.
#[derive(Default)]
pub(crate) struct Disk {
    rows: BTreeMap<Key, Vec<u8>>,
    /// What relaxed writes since the last strict one have replaced.
    unflushed: Vec<(Key, Option<Vec<u8>>)>,
    /// What the next writes come to.
    refusals: Vec<StoreError>,
    /// There is no room, or nothing works, until that is mended.
    pub(crate) ailment: Option<StoreError>,
}

impl Disk {
    /// Has the next writes fail.
    pub(crate) fn refuse_next(&mut self, count: usize, error: StoreError) {
        self.refusals.resize(count, error);
    }

    /// Carries out one transaction.
    pub(crate) fn write(&mut self, changes: Vec<Change>, flush: Flush) -> Result<(), StoreError> {
        if let Some(error) = self.refusals.pop().or(self.ailment) {
            return Err(error);
        }
        for change in changes {
            match change {
                Change::Put { store, key, value } => self.put((store, key), Some(value)),
                Change::Delete { store, key } => self.put((store, key), None),
                Change::Clear { store } => self.clear_store(store),
            }
        }
        if flush == Flush::Strict {
            self.unflushed.clear();
        }
        Ok(())
    }

    fn put(&mut self, key: Key, value: Option<Vec<u8>>) {
        let before = match value {
            Some(value) => self.rows.insert(key.clone(), value),
            None => self.rows.remove(&key),
        };
        self.unflushed.push((key, before));
    }

    fn clear_store(&mut self, store: Store) {
        let keys = self.rows.keys().filter(|(of, _)| *of == store);
        for key in keys.cloned().collect::<Vec<_>>() {
            self.put(key, None);
        }
    }

    /// Answers queries.
    pub(crate) fn read(&self, queries: &[Query]) -> Result<Vec<Rows>, StoreError> {
        if self.ailment == Some(StoreError::Failed) {
            return Err(StoreError::Failed);
        }
        Ok(queries.iter().map(|query| self.rows_of(query)).collect())
    }

    fn rows_of(&self, query: &Query) -> Rows {
        match query {
            Query::All { store } => {
                let rows = self.rows.iter().filter(|((of, _), _)| of == store);
                rows.map(|((_, key), value)| (key.clone(), value.clone()))
                    .collect()
            }
            Query::Keys { store, keys } => {
                let row = |key: &String| {
                    let value = self.rows.get(&(*store, key.clone()))?;
                    Some((key.clone(), value.clone()))
                };
                keys.iter().filter_map(row).collect()
            }
        }
    }

    /// The power goes: what was not flushed is gone.
    pub(crate) fn lose_power(&mut self) {
        while let Some((key, before)) = self.unflushed.pop() {
            match before {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }

    /// The browser takes everything away.
    pub(crate) fn evict(&mut self) {
        self.rows.clear();
        self.unflushed.clear();
    }

    /// Nothing is wrong any more.
    pub(crate) fn mend(&mut self) {
        self.refusals.clear();
        self.ailment = None;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn put(key: &str, value: u8) -> Vec<Change> {
        vec![Change::Put {
            store: Store::Meta,
            key: key.to_owned(),
            value: vec![value],
        }]
    }

    fn all(disk: &Disk) -> Vec<(String, Vec<u8>)> {
        let query = [Query::All { store: Store::Meta }];
        disk.read(&query).unwrap().remove(0)
    }

    #[test]
    fn relaxed_writes_go_with_the_power_and_strict_ones_stay() {
        let mut disk = Disk::default();
        disk.write(put("a", 1), Flush::Strict).unwrap();
        disk.write(put("a", 2), Flush::Relaxed).unwrap();
        disk.write(put("b", 3), Flush::Relaxed).unwrap();
        disk.lose_power();
        assert_eq!(all(&disk), [("a".to_owned(), vec![1])]);
        disk.write(put("b", 3), Flush::Relaxed).unwrap();
        disk.write(put("a", 4), Flush::Strict).unwrap();
        disk.lose_power();
        assert_eq!(all(&disk).len(), 2);
    }

    #[test]
    fn a_refused_write_changes_nothing() {
        let mut disk = Disk::default();
        disk.refuse_next(1, StoreError::Full);
        assert_eq!(
            disk.write(put("a", 1), Flush::Strict),
            Err(StoreError::Full)
        );
        assert_eq!(all(&disk), []);
        disk.write(put("a", 1), Flush::Strict).unwrap();
        assert_eq!(all(&disk).len(), 1);
    }
}
