//! The lease on a database: which worker may write to it.
//!
//! Tabs agree by a Web Lock on who runs the worker. A tab that was frozen and
//! lost its lock does not know that yet when it wakes up, and its worker may
//! have a write at hand. So each worker leaves a token of its own in the
//! database when it opens it, and each write looks at the token within its
//! own transaction: the worker that came last is the one that writes.

use crate::fault::StorageFault;
use crate::random::NoRandomness;
use crate::storage::to_stored;
use crate::transaction;
use js_sys::Uint8Array;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, IdbObjectStore, IdbRequest, IdbTransaction};

/// The object store of the lease. The engine does not know of it.
pub(crate) const STORE: &str = "lease";

const HOLDER: &str = "holder";

/// What this worker leaves in the database.
pub(crate) struct Lease {
    token: [u8; 16],
}

impl Lease {
    /// A token that no other worker has.
    pub(crate) fn generate() -> Result<Self, NoRandomness> {
        let mut token = [0; 16];
        getrandom::fill(&mut token).map_err(|_| NoRandomness)?;
        Ok(Self { token })
    }

    /// Takes the lease, whoever had it before.
    pub(crate) fn take(&self, transaction: &IdbTransaction) -> Result<(), StorageFault> {
        store(transaction)?
            .put_with_key(&to_stored(&self.token), &HOLDER.into())
            .map(|_| ())
            .map_err(|thrown| StorageFault::from_js(&thrown))
    }

    /// Makes the transaction fail if another worker has taken the lease. To
    /// be called before the first change.
    pub(crate) fn guard(&self, transaction: &IdbTransaction) -> Result<Guard, StorageFault> {
        let request = store(transaction)?
            .get(&HOLDER.into())
            .map_err(|thrown| StorageFault::from_js(&thrown))?;
        let refused = Rc::new(Cell::new(false));
        let (answer, refusal) = (request.clone(), Rc::clone(&refused));
        let (guarded, token) = (transaction.clone(), self.token);
        let look = Closure::once(move |_: Event| {
            if !holds(&answer, &token) {
                refusal.set(true);
                transaction::roll_back(&guarded);
            }
        });
        request.set_onsuccess(Some(look.as_ref().unchecked_ref()));
        Ok(Guard {
            refused,
            _look: look,
        })
    }
}

/// Watches over one transaction; to be kept until the transaction has ended.
pub(crate) struct Guard {
    refused: Rc<Cell<bool>>,
    _look: Closure<dyn FnMut(Event)>,
}

impl Guard {
    /// Whether the transaction was rolled back because another worker has the
    /// lease.
    pub(crate) fn refused(&self) -> bool {
        self.refused.get()
    }
}

fn store(transaction: &IdbTransaction) -> Result<IdbObjectStore, StorageFault> {
    transaction
        .object_store(STORE)
        .map_err(|thrown| StorageFault::from_js(&thrown))
}

fn holds(answer: &IdbRequest, token: &[u8; 16]) -> bool {
    answer
        .result()
        .ok()
        .and_then(|value| value.dyn_into::<Uint8Array>().ok())
        .is_some_and(|value| value.to_vec() == token)
}
