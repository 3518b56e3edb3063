//! A few connections, kept and renewed.

use super::failure::store_error;
use crate::store::StoreError;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::{Config, NoTls};

/// How many connections, of the hundred that PostgreSQL allows by default to
/// all who ask.
const CONNECTIONS: u32 = 10;
/// How long a new connection may take.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// What holds for each connection, whatever the database's own defaults are: a
/// commit is on the disk before anybody is told, and nobody waits forever for a
/// server that holds a row and has gone.
const SETTINGS: &str = "SET synchronous_commit = on;
    SET default_transaction_isolation = 'read committed';
    SET idle_in_transaction_session_timeout = '60s';
    SET statement_timeout = '60s';
    SET lock_timeout = '30s'";

/// The connections of a server to its database.
pub(super) struct Connections {
    pool: Pool,
    permits: Arc<Semaphore>,
}

/// A connection in use. Given back it is used again. Dropped, as after an error
/// or a panic, it is closed: nobody knows what it was in the middle of, and the
/// database then undoes it.
pub(super) struct Lease {
    client: Option<Object>,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// Connections to be made when they are needed.
    pub(super) fn new(config: Config) -> Result<Self, StoreError> {
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config, NoTls, manager))
            .max_size(CONNECTIONS as usize)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(CONNECT_WAIT))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    let set = client.batch_execute(SETTINGS).await;
                    set.map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(|_| StoreError::Failed { number: -1 })?;
        Ok(Self {
            pool,
            permits: Arc::new(Semaphore::new(CONNECTIONS as usize)),
        })
    }

    /// A connection, when one is free.
    pub(super) async fn lease(&self) -> Result<Lease, StoreError> {
        let permit = self.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Stopped)?;
        let client = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                store_error(&error)
            }
            PoolError::Closed => StoreError::Stopped,
            _ => StoreError::Unreachable,
        })?;
        Ok(Lease {
            client: Some(client),
            _permit: permit,
        })
    }

    /// Waits for what is under way and closes the connections.
    pub(super) async fn stop(&self) {
        if let Ok(permits) = self.permits.acquire_many(CONNECTIONS).await {
            permits.forget();
        }
        self.permits.close();
        self.pool.close();
    }
}

impl Lease {
    /// The connection.
    pub(super) fn client(&self) -> Result<&Object, StoreError> {
        self.client.as_ref().ok_or(StoreError::Stopped)
    }

    /// Gives the connection back, which is in the middle of nothing.
    pub(super) fn give_back(mut self) {
        drop(self.client.take());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}
