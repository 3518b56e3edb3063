//! A few connections that only read, so that reading never waits for a write.

use super::row::store_error;
use crate::store::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// How many connections.
pub(super) const READERS: usize = 4;

/// The reading end of the database.
pub(super) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    /// Keeps these connections.
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(connections.len())),
            free: Arc::new(Mutex::new(connections)),
        }
    }

    /// Does `work` in a read transaction, which sees one state throughout.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Stopped)?;
        let free = self.free.clone();
        tokio::task::spawn_blocking(move || {
            let mut lease = Lease::take(free)?;
            let outcome = lease.in_transaction(work);
            drop(lease);
            drop(permit);
            outcome
        })
        .await
        .map_err(|_| StoreError::Failed { number: -1 })?
    }

    /// Waits for what is being read and closes the connections.
    pub(super) async fn stop(&self) {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        if let Ok(permits) = self.permits.acquire_many(all).await {
            permits.forget();
        }
        self.permits.close();
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// A connection in use; goes back when dropped, also by a panic.
struct Lease {
    connection: Option<Connection>,
    free: Arc<Mutex<Vec<Connection>>>,
}

impl Lease {
    fn take(free: Arc<Mutex<Vec<Connection>>>) -> Result<Self, StoreError> {
        let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = Some(taken.ok_or(StoreError::Stopped)?);
        Ok(Self { connection, free })
    }

    fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = self.connection.as_mut().ok_or(StoreError::Stopped)?;
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(|error| store_error(&error))?;
        work(&transaction)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(self.connection.take());
    }
}
