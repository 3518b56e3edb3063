//! A disk in memory that can be full, fail, and lose power.

use std::collections::BTreeMap;
use vault_engine::{Change, Query, Rows, Store, StoreError};

/// What a write comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no room; nothing is written.
    Full,
    /// The disk fails; nothing is written.
    Failed,
    /// The power goes before anything is written.
    CrashBefore,
    /// The power goes once all is written, before anybody is told.
    CrashAfter,
}

/// What happens to a row by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    /// One bit changes.
    Damage,
    /// Its second half goes.
    Cut,
    /// It is not there any more.
    Lose,
}

/// What a write did.
pub(crate) enum Written {
    /// To be reported.
    Told(Result<(), StoreError>),
    /// Nobody is left to be told.
    PowerLost,
}

/// The stores of one device.
#[derive(Default)]
pub(crate) struct Disk {
    rows: BTreeMap<(&'static str, String), Vec<u8>>,
    /// How many writes were begun.
    pub(crate) writes: usize,
    /// Which write meets which fault, counted from the first.
    faults: BTreeMap<usize, Fault>,
    /// What every write meets from now on.
    pub(crate) always: Option<StoreError>,
    /// The store that cannot be read from now on.
    pub(crate) unreadable: Option<Store>,
    /// Every byte that was ever to be written.
    pub(crate) log: Vec<u8>,
}

impl Disk {
    /// Has a write that is still to come meet a fault: 0 is the next one.
    pub(crate) fn plan(&mut self, ahead: usize, fault: Fault) {
        self.faults.insert(self.writes + ahead, fault);
    }

    /// Has the power go at a write, the moment that nothing is told of.
    pub(crate) fn write(&mut self, changes: Vec<Change>) -> Written {
        let fault = self.faults.remove(&self.writes);
        self.writes += 1;
        self.note(&changes);
        match (fault, self.always) {
            (Some(Fault::Full), _) => return Written::Told(Err(StoreError::Full)),
            (Some(Fault::Failed), _) => return Written::Told(Err(StoreError::Failed)),
            (Some(Fault::CrashBefore), _) => return Written::PowerLost,
            (None, Some(error)) => return Written::Told(Err(error)),
            _ => {}
        }
        for change in changes {
            self.apply(change);
        }
        if fault == Some(Fault::CrashAfter) {
            return Written::PowerLost;
        }
        Written::Told(Ok(()))
    }

    fn note(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::Put { key, value, .. } = change {
                self.log.extend_from_slice(key.as_bytes());
                self.log.extend_from_slice(value);
            }
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Put { store, key, value } => {
                self.rows.insert((store.name(), key), value);
            }
            Change::Delete { store, key } => {
                self.rows.remove(&(store.name(), key));
            }
            Change::Clear { store } => self.rows.retain(|(name, _), _| *name != store.name()),
        }
    }

    pub(crate) fn read(&self, queries: &[Query]) -> Result<Vec<Rows>, StoreError> {
        let reads = |query: &Query| match query {
            Query::All { store } | Query::Keys { store, .. } => Some(*store) == self.unreadable,
        };
        if queries.iter().any(reads) {
            return Err(StoreError::Failed);
        }
        Ok(queries.iter().map(|query| self.rows_of(query)).collect())
    }

    fn rows_of(&self, query: &Query) -> Rows {
        match query {
            Query::All { store } => self
                .keys(*store)
                .into_iter()
                .map(|key| (key.clone(), self.rows[&(store.name(), key)].clone()))
                .collect(),
            Query::Keys { store, keys } => keys
                .iter()
                .filter_map(|key| {
                    let value = self.rows.get(&(store.name(), key.clone()))?;
                    Some((key.clone(), value.clone()))
                })
                .collect(),
        }
    }

    /// The keys of a store.
    pub(crate) fn keys(&self, store: Store) -> Vec<String> {
        self.rows
            .keys()
            .filter(|(name, _)| *name == store.name())
            .map(|(_, key)| key.clone())
            .collect()
    }

    /// How many bytes lie in a store.
    pub(crate) fn bytes(&self, store: Store) -> usize {
        let rows = self.rows.iter();
        let of_store = rows.filter(|((name, _), _)| *name == store.name());
        of_store.map(|(_, value)| value.len()).sum()
    }

    /// Puts a row there, as nobody asked for.
    pub(crate) fn put(&mut self, store: Store, key: &str, value: &[u8]) {
        let key = (store.name(), key.to_owned());
        self.rows.insert(key, value.to_vec());
    }

    /// Does that to a row.
    pub(crate) fn spoil(&mut self, store: Store, key: &str, spoil: Spoil) {
        let key = (store.name(), key.to_owned());
        let row = self.rows.get_mut(&key).expect("the row");
        let middle = row.len() / 2;
        match spoil {
            Spoil::Damage => row[middle] ^= 1,
            Spoil::Cut => row.truncate(middle),
            Spoil::Lose => {
                self.rows.remove(&key);
            }
        }
    }

    /// No fault is still to come.
    pub(crate) fn mend(&mut self) {
        self.faults.clear();
        self.always = None;
        self.unreadable = None;
    }

    /// Takes everything away.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Everything is as it was then.
    pub(crate) fn go_back(&mut self, then: &BTreeMap<(&'static str, String), Vec<u8>>) {
        self.rows = then.clone();
    }

    /// Everything, for comparison.
    pub(crate) fn snapshot(&self) -> BTreeMap<(&'static str, String), Vec<u8>> {
        self.rows.clone()
    }
}
