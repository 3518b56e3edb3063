//! The embedded store: one SQLite file, one writer, a few readers.

mod accounts;
mod history;
mod open;
mod readers;
mod row;
mod vaults;
mod writer;

use super::{
    AddLink, DeviceRow, LinkAdded, NewVault, Page, PageQuery, SessionRow, SignIn, SignInOutcome,
    SlotsReplaced, Store, StoreError, Upload, VaultCreated, VaultRow,
};
use crate::token::TokenHash;
use readers::{READERS, Readers};
use std::path::Path;
use std::sync::Arc;
use sync_core::message::{SlotList, UploadResponse};
use vault_types::{AccountId, ServerEpoch};
use writer::Writer;

pub use open::OpenError;

/// The store in one SQLite file.
pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: Readers,
    server_epoch: ServerEpoch,
    owner: AccountId,
}

impl SqliteStore {
    /// Opens a database file, or makes it, `now_ms` being its birth.
    ///
    /// # Errors
    /// [`OpenError`], whose text says what to do.
    pub fn open(path: &Path, now_ms: u64) -> Result<Self, OpenError> {
        let opened = open::open(path, READERS, now_ms)?;
        let writer = Writer::start(opened.writer).map_err(|_| OpenError::Unusable {
            path: path.to_owned(),
            number: -1,
        })?;
        Ok(Self {
            writer: Arc::new(writer),
            readers: Readers::new(opened.readers),
            server_epoch: opened.server_epoch,
            owner: opened.owner,
        })
    }
}

impl Store for SqliteStore {
    fn server_epoch(&self) -> ServerEpoch {
        self.server_epoch
    }

    fn owner(&self) -> AccountId {
        self.owner
    }

    async fn check(&self) -> Result<(), StoreError> {
        let owner = self.owner;
        self.readers
            .read(move |connection| vaults::vault(connection, owner))
            .await?;
        self.writer.write(|_| Ok(())).await
    }

    async fn add_link(&self, link: AddLink) -> Result<LinkAdded, StoreError> {
        self.writer
            .write(move |connection| accounts::add_link(connection, &link))
            .await
    }

    async fn sign_in(&self, sign_in: SignIn) -> Result<SignInOutcome, StoreError> {
        self.writer
            .write(move |connection| accounts::sign_in(connection, &sign_in))
            .await
    }

    async fn session(
        &self,
        token_hash: TokenHash,
        now_ms: u64,
    ) -> Result<Option<SessionRow>, StoreError> {
        self.readers
            .read(move |connection| accounts::session(connection, token_hash, now_ms))
            .await
    }

    async fn touch_session(&self, token_hash: TokenHash, now_ms: u64) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| accounts::touch_session(connection, token_hash, now_ms))
            .await
    }

    async fn sign_out(&self, token_hash: TokenHash) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| accounts::sign_out(connection, token_hash))
            .await
    }

    async fn devices(&self, account_id: AccountId) -> Result<Vec<DeviceRow>, StoreError> {
        self.readers
            .read(move |connection| accounts::devices(connection, account_id))
            .await
    }

    async fn vault(&self, account_id: AccountId) -> Result<Option<VaultRow>, StoreError> {
        self.readers
            .read(move |connection| vaults::vault(connection, account_id))
            .await
    }

    async fn create_vault(
        &self,
        account_id: AccountId,
        vault: NewVault,
    ) -> Result<VaultCreated, StoreError> {
        self.writer
            .write(move |connection| vaults::create_vault(connection, account_id, &vault))
            .await
    }

    async fn slots(&self, account_id: AccountId) -> Result<Option<SlotList>, StoreError> {
        self.readers
            .read(move |connection| vaults::slots(connection, account_id))
            .await
    }

    async fn replace_slots(
        &self,
        account_id: AccountId,
        slots: SlotList,
    ) -> Result<SlotsReplaced, StoreError> {
        self.writer
            .write(move |connection| vaults::replace_slots(connection, account_id, &slots))
            .await
    }

    async fn upload(&self, upload: Upload) -> Result<Option<UploadResponse>, StoreError> {
        self.writer
            .write(move |connection| history::upload(connection, &upload))
            .await
    }

    async fn page(&self, query: PageQuery) -> Result<Page, StoreError> {
        let server_epoch = self.server_epoch;
        self.readers
            .read(move |connection| history::page(connection, server_epoch, &query))
            .await
    }

    async fn close(&self) {
        let writer = self.writer.clone();
        self.readers.stop().await;
        // Joins a thread, which must not hold up the runtime.
        let _ = tokio::task::spawn_blocking(move || writer.stop()).await;
    }
}
