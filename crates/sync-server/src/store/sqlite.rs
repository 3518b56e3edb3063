//! SQLite: one file, one writer, a few readers.

mod engine;
mod history;
mod open;
mod readers;
mod row;
mod writer;

use super::announce::{Announcements, Changed};
use super::draft::Draft;
use super::sql::Life;
use super::sql::connection::Connection;
use super::{Outcome, Page, PageQuery, StoreError, Upload};
use readers::{READERS, Readers};
use row::store_error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use sync_core::message::UploadResponse;
use vault_types::ServerEpoch;
use writer::Writer;

pub use open::OpenError;

/// An open file.
pub(super) struct Sqlite {
    writer: Arc<Writer>,
    readers: Readers,
    /// The database's count of commits by others, as last looked at.
    others: Mutex<Option<i64>>,
}

impl Sqlite {
    /// Opens a file, or makes it.
    pub(super) fn open(path: &Path, now_ms: u64) -> Result<(Self, Life), OpenError> {
        let opened = open::open(path, READERS, now_ms)?;
        let writer = Writer::start(opened.writer).map_err(|_| OpenError::Unusable {
            path: path.to_owned(),
            number: -1,
        })?;
        let sqlite = Self {
            writer: Arc::new(writer),
            readers: Readers::new(opened.readers),
            others: Mutex::new(None),
        };
        Ok((sqlite, opened.life))
    }

    /// Reads in one state of the database.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers
            .read(move |connection| work(&Connection::new(connection)))
            .await
    }

    /// Writes in a group, returns after its commit, and has announced then
    /// what came of it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&mut Draft, &T) + Send + 'static,
        announcements: &Announcements,
    ) -> Result<T, StoreError> {
        let announcements = announcements.clone();
        self.writer
            .write_then(
                move |connection| work(&Connection::new(connection)),
                move |outcome| {
                    let mut draft = Draft::default();
                    then(&mut draft, outcome);
                    draft.tell(&announcements);
                },
            )
            .await
    }

    /// Whether writing works.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        self.writer.write(|_| Ok(())).await
    }

    /// Whether another process wrote since the last look. On the one connection
    /// that writes, the count changes by others' commits only.
    pub(super) async fn others_wrote(&self) -> Result<bool, StoreError> {
        let now: i64 = self
            .writer
            .write(|connection| {
                let read = connection.pragma_query_value(None, "data_version", |row| row.get(0));
                read.map_err(|error| store_error(&error))
            })
            .await?;
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(others.replace(now).is_some_and(|before| before != now))
    }

    /// Appends to a history, and announces it.
    pub(super) async fn upload(
        &self,
        upload: Upload,
        announcements: &Announcements,
    ) -> Result<Outcome<UploadResponse>, StoreError> {
        let (account_id, announcements) = (upload.account_id, announcements.clone());
        self.writer
            .write_then(
                move |connection| history::upload(connection, &upload),
                move |outcome| {
                    let grew = |response: &UploadResponse| response.head() != response.previous;
                    if outcome.as_ref().is_ok_and(grew) {
                        announcements.announce(account_id, Changed::Head);
                    }
                },
            )
            .await
    }

    /// Reads from a history.
    pub(super) async fn page(
        &self,
        server_epoch: ServerEpoch,
        query: PageQuery,
    ) -> Result<Page, StoreError> {
        self.readers
            .read(move |connection| history::page(connection, server_epoch, &query))
            .await
    }

    /// Finishes what is under way and closes the file.
    pub(super) async fn close(&self) {
        let writer = self.writer.clone();
        self.readers.stop().await;
        // Joins a thread, which must not hold up the runtime.
        let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
    }
}
