//! PostgreSQL, when one machine is outgrown: several servers may share one
//! database.
//!
//! Histories are appended to in PostgreSQL's own way, in groups (`append`,
//! `history`). Everything else is rare, and is written one after another, as in
//! SQLite: each such transaction begins by taking one lock of the database's.
//! Who changes a vault locks its row besides, which an upload does as well.

mod append;
mod connections;
mod engine;
mod failure;
mod history;
mod ledger;
mod notify;
mod open;

use super::announce::Announcements;
use super::draft::Draft;
use super::sql::Life;
use super::sql::connection::{Connection, Error};
use super::{Outcome, Page, PageQuery, StoreError, Upload};
use append::Appender;
use connections::Connections;
use engine::Waiting;
use notify::Notifier;
use std::sync::Arc;
use sync_core::message::UploadResponse;
use tokio::runtime::Handle;
use vault_types::{AccountId, ServerEpoch};

pub use open::PostgresError;

/// The lock by which writes come one after another: "LKST".
const WRITE_LOCK: i64 = 0x4c4b_5354;

/// Where a transaction's statements look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// Each at what is committed when it runs; without a transaction.
    Statement,
    /// All at one state.
    Read,
    /// At what is committed, with no other writer there.
    Write,
}

impl Begin {
    fn sql(self) -> Option<String> {
        match self {
            Self::Statement => None,
            Self::Read => Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned()),
            Self::Write => Some(format!("BEGIN; SELECT pg_advisory_xact_lock({WRITE_LOCK})")),
        }
    }
}

/// An open database.
pub(super) struct Postgres {
    connections: Arc<Connections>,
    appender: Appender,
    notifier: Arc<Notifier>,
}

impl Postgres {
    /// Opens a database, or makes its tables if it is empty.
    pub(super) async fn open(
        url: &str,
        now_ms: u64,
        announcements: Announcements,
    ) -> Result<(Self, Life), PostgresError> {
        let (config, connections, life) = open::open(url, now_ms).await?;
        let connections = Arc::new(connections);
        let notifier = Arc::new(Notifier::new(config, announcements));
        let postgres = Self {
            appender: Appender::new(connections.clone(), notifier.clone()),
            connections,
            notifier,
        };
        Ok((postgres, life))
    }

    /// Reads in one state of the database.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(Begin::Read, work, |_, _| ()).await
    }

    /// Reads with a single statement.
    pub(super) async fn read_once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(Begin::Statement, work, |_, _| ()).await
    }

    /// Writes, returns after the commit, and has announced then what came of
    /// it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&mut Draft, &T) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(Begin::Write, work, then).await
    }

    /// Hears from now on what other servers announce.
    pub(super) fn listen(&self) {
        self.notifier.listen();
    }

    /// Appends to a history.
    pub(super) async fn upload(
        &self,
        upload: Upload,
    ) -> Result<Outcome<UploadResponse>, StoreError> {
        self.appender.append(upload).await
    }

    /// Reads from a history.
    pub(super) async fn page(
        &self,
        server_epoch: ServerEpoch,
        query: PageQuery,
    ) -> Result<Page, StoreError> {
        let lease = self.connections.lease().await?;
        let page = history::page(lease.client()?, server_epoch, &query).await?;
        lease.give_back();
        Ok(page)
    }

    /// Whether writing works, behind whatever an account is writing already.
    pub(super) async fn check(&self, account_id: AccountId) -> Result<(), StoreError> {
        self.appender.settle(account_id).await?;
        self.write(|_| Ok(()), |_, ()| ()).await
    }

    /// Finishes what is under way and closes the connections.
    pub(super) async fn close(&self) {
        self.notifier.stop();
        self.connections.stop().await;
    }

    /// Does `work` on a thread that may wait for the database. It is finished
    /// also when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        begin: Begin,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&mut Draft, &T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let lease = self.connections.lease().await?;
        let (runtime, notifier) = (Handle::current(), self.notifier.clone());
        tokio::task::spawn_blocking(move || {
            let waiting = Waiting::new(lease.client()?, runtime);
            let mut draft = Draft::default();
            let noted = |connection: &Connection<'_>| {
                let value = work(connection)?;
                then(&mut draft, &value);
                notifier.send(connection, &draft)?;
                Ok(value)
            };
            let done = in_transaction(&waiting, begin, noted)?;
            lease.give_back();
            if done.is_ok() {
                notifier.tell(&draft);
            }
            done
        })
        .await
        .map_err(|_| StoreError::Failed { number: -1 })?
    }
}

/// Does `work` between a transaction's beginning and its end.
///
/// # Errors
/// The outer one when the connection is in an unknown state.
fn in_transaction<T>(
    waiting: &Waiting<'_>,
    begin: Begin,
    work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError>,
) -> Result<Result<T, StoreError>, StoreError> {
    let Some(first) = begin.sql() else {
        return Ok(work(&Connection::new(waiting)));
    };
    waiting.batch(&first)?;
    let mut outcome = work(&Connection::new(waiting));
    if waiting.has_failed() && outcome.is_ok() {
        outcome = Err(Error::Unreadable.into());
    }
    waiting.batch(if outcome.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    })?;
    Ok(outcome)
}
