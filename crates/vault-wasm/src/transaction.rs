//! One transaction of the browser's database.

use crate::fault::StorageFault;
use crate::storage::{Access, query_store, to_stored};
use idb::ObjectStore;
use idb::request::{GetAllKeysStoreRequest, GetAllStoreRequest, GetStoreRequest};
use js_sys::{Array, Object, Reflect, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::oneshot;
use vault_engine::{Change, Flush, Query, Rows, Store};
use wasm_bindgen::prelude::*;
use web_sys::{DomException, Event, IdbDatabase, IdbTransaction};

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase` with the third argument of `transaction`, which web-sys
    /// keeps behind a flag of the whole build.
    #[wasm_bindgen(js_name = IDBDatabase)]
    type DurableDatabase;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &DurableDatabase,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// Begins a transaction over those object stores.
pub(crate) fn begin(
    database: &IdbDatabase,
    stores: &[&str],
    access: Access,
) -> Result<IdbTransaction, StorageFault> {
    let (mode, durability) = match access {
        Access::Read => ("readonly", "default"),
        Access::Write(Flush::Relaxed) => ("readwrite", "relaxed"),
        Access::Write(Flush::Strict) => ("readwrite", "strict"),
    };
    let names: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
    let options = Object::new();
    Reflect::set(&options, &"durability".into(), &durability.into())
        .map_err(|thrown| StorageFault::from_js(&thrown))?;
    database
        .unchecked_ref::<DurableDatabase>()
        .transaction(&names, mode, &options)
        .map_err(|thrown| StorageFault::from_js(&thrown))
}

/// What becomes of a transaction that writes.
///
/// `complete` is the one good end. `abort` is every other: a request that
/// fails fires `error`, and since nobody here calls that off, `abort` follows
/// with the reason; a disk that is full at the last moment fires `abort`
/// alone.
pub(crate) struct Outcome {
    end: oneshot::Receiver<Result<(), StorageFault>>,
    _complete: Closure<dyn FnMut(Event)>,
    _abort: Closure<dyn FnMut(Event)>,
}

impl Outcome {
    /// Listens to a transaction. To be called before control goes back to the
    /// browser.
    pub(crate) fn of(transaction: &IdbTransaction) -> Self {
        let (sender, end) = oneshot::channel();
        let on_complete = Rc::new(Cell::new(Some(sender)));
        let on_abort = Rc::clone(&on_complete);
        let complete = Closure::once(move |_: Event| {
            if let Some(sender) = on_complete.take() {
                let _ = sender.send(Ok(()));
            }
        });
        let aborted = transaction.clone();
        let abort = Closure::once(move |_: Event| {
            if let Some(sender) = on_abort.take() {
                let _ = sender.send(Err(abort_reason(aborted.error())));
            }
        });
        transaction.set_oncomplete(Some(complete.as_ref().unchecked_ref()));
        transaction.set_onabort(Some(abort.as_ref().unchecked_ref()));
        Self {
            end,
            _complete: complete,
            _abort: abort,
        }
    }

    /// Waits for the end.
    pub(crate) async fn wait(self) -> Result<(), StorageFault> {
        self.end.await.unwrap_or(Err(StorageFault::Failed))
    }
}

fn abort_reason(error: Option<DomException>) -> StorageFault {
    error.map_or(StorageFault::Failed, |error| {
        StorageFault::from_name(&error.name())
    })
}

/// Asks for every change. The transaction's end tells what came of them.
pub(crate) fn change(transaction: &IdbTransaction, changes: &[Change]) -> Result<(), StorageFault> {
    let thrown = |thrown: JsValue| StorageFault::from_js(&thrown);
    let open = |store: &Store| transaction.object_store(store.name()).map_err(thrown);
    for change in changes {
        match change {
            Change::Put { store, key, value } => {
                open(store)?
                    .put_with_key(&to_stored(value), &key.into())
                    .map_err(thrown)?;
            }
            Change::Delete { store, key } => {
                open(store)?.delete(&key.into()).map_err(thrown)?;
            }
            Change::Clear { store } => {
                open(store)?.clear().map_err(thrown)?;
            }
        }
    }
    Ok(())
}

/// Takes back whatever the transaction has done so far.
pub(crate) fn roll_back(transaction: &IdbTransaction) {
    // Fails only if the transaction has come to its end already.
    let _ = transaction.abort();
}

type Later<R> = <R as IntoFuture>::IntoFuture;

/// A query whose requests are all under way.
enum Asked {
    Keys(Vec<(String, Later<GetStoreRequest>)>),
    All {
        keys: Later<GetAllKeysStoreRequest>,
        values: Later<GetAllStoreRequest>,
    },
}

/// Reads within a transaction. Everything is asked for before the first
/// answer is waited for, or the browser would end the transaction.
pub(crate) async fn read(
    transaction: IdbTransaction,
    queries: &[Query],
) -> Result<Vec<Rows>, StorageFault> {
    let transaction = idb::Transaction::from(transaction);
    let asked = queries
        .iter()
        .map(|query| {
            let store = transaction.object_store(query_store(query).name())?;
            ask(&store, query)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut answers = Vec::with_capacity(asked.len());
    for asked in asked {
        answers.push(collect(asked).await?);
    }
    Ok(answers)
}

fn ask(store: &ObjectStore, query: &Query) -> Result<Asked, StorageFault> {
    match query {
        Query::Keys { keys, .. } => keys
            .iter()
            .map(|key| {
                let request = store.get(JsValue::from_str(key))?;
                Ok((key.clone(), request.into_future()))
            })
            .collect::<Result<Vec<_>, StorageFault>>()
            .map(Asked::Keys),
        Query::All { .. } => Ok(Asked::All {
            keys: store.get_all_keys(None, None)?.into_future(),
            values: store.get_all(None, None)?.into_future(),
        }),
    }
}

async fn collect(asked: Asked) -> Result<Rows, StorageFault> {
    match asked {
        Asked::Keys(requests) => {
            let mut rows = Rows::with_capacity(requests.len());
            for (key, request) in requests {
                if let Some(value) = request.await? {
                    rows.push((key, from_stored(&value)?));
                }
            }
            Ok(rows)
        }
        Asked::All { keys, values } => {
            let (keys, values) = (keys.await?, values.await?);
            keys.iter()
                .zip(values)
                .map(|(key, value)| {
                    let key = key.as_string().ok_or(StorageFault::Failed)?;
                    Ok((key, from_stored(&value)?))
                })
                .collect()
        }
    }
}

/// What the database holds under a key of ours is bytes, or somebody else
/// wrote it.
fn from_stored(value: &JsValue) -> Result<Vec<u8>, StorageFault> {
    value
        .dyn_ref::<Uint8Array>()
        .map(Uint8Array::to_vec)
        .ok_or(StorageFault::Failed)
}
