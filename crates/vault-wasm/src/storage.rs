//! The device's storage: one IndexedDB database, one object store for each
//! [`Store`], string keys, byte values.
//!
//! One connection does everything, since only within one does the browser
//! promise that a read sees the writes asked for before it. What a
//! [`vault_engine::Effect::Write`] changes goes into one transaction, which
//! counts as done when the browser says `complete` and never sooner.
//!
//! Databases change hands and disappear: a newer version of Lockstep may ask
//! for the database (`versionchange`: let go at once, or that tab hangs), the
//! browser may cut the connection (`close`: open again, once), another tab may
//! take the vault over (see [`crate::lease`]), and a person may clear the
//! site's data (an empty database where there was a full one: end here rather
//! than write over what is no longer there).

use crate::fault::StorageFault;
use crate::lease::{self, Lease};
use crate::transaction::{self, Outcome};
use idb::request::OpenDatabaseRequest;
use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams};
use js_sys::Uint8Array;
use std::cell::Cell;
use std::future::{IntoFuture, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use tokio::sync::{Mutex, oneshot};
use vault_engine::{Change, Flush, Query, Rows, Store};
use wasm_bindgen::JsValue;
use web_sys::{IdbDatabase, IdbTransaction};

/// The layout of the database that this version of Lockstep knows.
///
/// Version 1 had no store for the history's hashes.
const LAYOUT: u32 = 2;

/// The device's storage.
pub(crate) struct Storage {
    name: String,
    lease: Lease,
    // Held while a transaction is made, never while one runs: its queue is
    // what keeps transactions in the order in which they were asked for.
    connection: Mutex<Connection>,
}

/// Whether the database was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Here,
    Nothing,
}

struct Connection {
    database: IdbDatabase,
    lost: Rc<Cell<bool>>,
    // Keeps the event handlers alive.
    _handlers: Database,
}

impl Storage {
    /// Opens the database of that name, makes it if there is none, and takes
    /// its lease: from here on no other worker writes to it.
    pub(crate) async fn open(name: &str, lease: Lease) -> Result<Self, StorageFault> {
        let (connection, _) = Connection::open(name).await?;
        let storage = Self {
            name: name.to_owned(),
            lease,
            connection: Mutex::new(connection),
        };
        storage.take_lease().await?;
        Ok(storage)
    }

    async fn take_lease(&self) -> Result<(), StorageFault> {
        let transaction = self
            .begin(&[lease::STORE], Access::Write(Flush::Strict))
            .await?;
        let outcome = Outcome::of(&transaction);
        self.lease.take(&transaction)?;
        outcome.wait().await
    }

    /// Changes the storage, all or nothing.
    pub(crate) async fn write(&self, changes: &[Change], flush: Flush) -> Result<(), StorageFault> {
        let mut stores = vec![lease::STORE];
        stores.extend(Store::ALL.into_iter().filter_map(|store| {
            changes
                .iter()
                .any(|change| change_store(change) == store)
                .then_some(store.name())
        }));
        let transaction = self.begin(&stores, Access::Write(flush)).await?;
        let outcome = Outcome::of(&transaction);
        let guard = self.lease.guard(&transaction)?;
        if let Err(fault) = transaction::change(&transaction, changes) {
            transaction::roll_back(&transaction);
            return Err(fault);
        }
        let result = outcome.wait().await;
        if guard.refused() {
            return Err(StorageFault::TakenOver);
        }
        result
    }

    /// Reads the storage; one list a query, all from one moment.
    pub(crate) async fn read(&self, queries: &[Query]) -> Result<Vec<Rows>, StorageFault> {
        let stores: Vec<&str> = Store::ALL
            .into_iter()
            .filter(|store| queries.iter().any(|query| query_store(query) == *store))
            .map(Store::name)
            .collect();
        if stores.is_empty() {
            return Ok(vec![Rows::new(); queries.len()]);
        }
        let transaction = self.begin(&stores, Access::Read).await?;
        transaction::read(transaction, queries).await
    }

    /// Begins a transaction; opens the connection again, once, if it is gone.
    async fn begin(&self, stores: &[&str], access: Access) -> Result<IdbTransaction, StorageFault> {
        let mut connection = self.connection.lock().await;
        match connection.begin(stores, access) {
            Err(StorageFault::Closed) => {}
            begun => return begun,
        }
        let (fresh, found) = Connection::open(&self.name).await?;
        if found == Found::Nothing {
            return Err(StorageFault::Erased);
        }
        *connection = fresh;
        connection.begin(stores, access)
    }
}

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write(Flush),
}

impl Connection {
    async fn open(name: &str) -> Result<(Self, Found), StorageFault> {
        let found = Rc::new(Cell::new(Found::Here));
        let mut request = Factory::new()?.open(name, Some(LAYOUT))?;
        let seen = Rc::clone(&found);
        request.on_upgrade_needed(move |event| {
            // A store that cannot be made is missed by the first transaction,
            // with its own error.
            if let Ok(database) = event.database() {
                let there = database.store_names();
                if there.is_empty() {
                    seen.set(Found::Nothing);
                }
                let names = Store::ALL.into_iter().map(Store::name);
                for store in names.chain([lease::STORE]) {
                    if there.iter().any(|name| name == store) {
                        continue;
                    }
                    let _ = database.create_object_store(store, ObjectStoreParams::new());
                }
            }
        });
        let database = unless_blocked(request).await?.into();
        Ok((Self::listen(database), found.get()))
    }

    fn listen(database: IdbDatabase) -> Self {
        let mut handlers = Database::from(database.clone());
        let lost = Rc::new(Cell::new(false));
        let closing = Rc::clone(&lost);
        handlers.on_close(move |_| closing.set(true));
        let giving_way = Rc::clone(&lost);
        let asked = database.clone();
        handlers.on_version_change(move |_| {
            giving_way.set(true);
            asked.close();
        });
        Self {
            database,
            lost,
            _handlers: handlers,
        }
    }

    fn begin(&self, stores: &[&str], access: Access) -> Result<IdbTransaction, StorageFault> {
        if self.lost.get() {
            return Err(StorageFault::Closed);
        }
        transaction::begin(&self.database, stores, access)
    }
}

/// Waits for a database to open. A tab with an older version that does not
/// let go of it would make that wait endless.
async fn unless_blocked(mut request: OpenDatabaseRequest) -> Result<Database, StorageFault> {
    let (sender, mut blocked) = oneshot::channel();
    request.on_blocked(move |_| {
        let _ = sender.send(());
    });
    let mut opened = pin!(request.into_future());
    poll_fn(|context| {
        if let Poll::Ready(result) = opened.as_mut().poll(context) {
            return Poll::Ready(result.map_err(StorageFault::from));
        }
        match pin!(&mut blocked).poll(context) {
            Poll::Ready(Ok(())) => Poll::Ready(Err(StorageFault::Blocked)),
            // The sender is gone only once the request is.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}

const fn change_store(change: &Change) -> Store {
    match change {
        Change::Put { store, .. } | Change::Delete { store, .. } | Change::Clear { store } => {
            *store
        }
    }
}

pub(crate) const fn query_store(query: &Query) -> Store {
    match query {
        Query::Keys { store, .. } | Query::All { store } => *store,
    }
}

/// Bytes as the database holds them.
pub(crate) fn to_stored(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}
