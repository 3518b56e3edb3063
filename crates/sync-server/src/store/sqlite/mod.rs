//! The embedded store: one SQLite file, one writer, a few readers.

mod accounts;
mod history;
mod lock;
mod open;
mod policies;
mod readers;
mod recovery;
mod rotation;
mod row;
mod vaults;
mod writer;

use super::{
    AddLink, Announcements, Changed, CodeTry, DeviceRow, EndRotation, LinkAdded, LogoutEverywhere,
    NewLock, NewRotation, NewVault, Outcome, Page, PageQuery, PolicyCreated, PolicyDeprecated,
    Revoked, SessionFound, SignIn, SignInOutcome, Store, StoreError, Unlock, Upload, VaultCreated,
    VaultRow,
};
use crate::token::TokenHash;
use readers::{READERS, Readers};
use row::store_error;
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use sync_core::message::{
    BeginRotation, CommitRotation, CreatePolicyRequest, PolicyDescription, RecoveryCodeList,
    ReplaceRecoveryCodes, ReplaceSlots, RotationBegun, SlotList, UploadResponse,
    ValidateRecoveryCode, ValidatedRecoveryCode, VaultLock, VaultSettings,
};
use vault_types::{AccountId, PolicyVersion, ServerEpoch, VaultId};
use writer::Writer;

pub use open::OpenError;

/// The store in one SQLite file.
pub struct SqliteStore {
    writer: Arc<Writer>,
    readers: Readers,
    server_epoch: ServerEpoch,
    owner: AccountId,
    announcements: Announcements,
    /// The database's count of commits by others, as last looked at.
    others: Mutex<Option<i64>>,
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
            announcements: Announcements::default(),
            others: Mutex::new(None),
        })
    }
}

impl SqliteStore {
    /// Reads in one state of the database.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers
            .read(move |connection| work(connection).map_err(|error| store_error(&error)))
            .await
    }

    /// Writes, and returns after the commit.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer
            .write(move |connection| work(connection).map_err(|error| store_error(&error)))
            .await
    }

    /// Changes an account's vault, and announces it unless it was refused.
    async fn change<T: Send + 'static>(
        &self,
        (account_id, changed): (AccountId, Changed),
        work: impl FnOnce(&Connection) -> rusqlite::Result<Outcome<T>> + Send + 'static,
    ) -> Result<Outcome<T>, StoreError> {
        self.write_then(
            move |connection| work(connection).map_err(|error| store_error(&error)),
            move |announcements, outcome| {
                if outcome.is_ok() {
                    announcements.announce(account_id, changed);
                }
            },
        )
        .await
    }

    /// Writes, and announces what came of it after the commit.
    async fn write_then<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&Announcements, &T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let announcements = self.announcements.clone();
        self.writer
            .write_then(work, move |outcome| then(&announcements, outcome))
            .await
    }
}

impl Store for SqliteStore {
    fn server_epoch(&self) -> ServerEpoch {
        self.server_epoch
    }

    fn owner(&self) -> AccountId {
        self.owner
    }

    fn announcements(&self) -> &Announcements {
        &self.announcements
    }

    async fn notice_others(&self) -> Result<(), StoreError> {
        if !self.announcements.is_heard() {
            return Ok(());
        }
        // On the one connection that writes, it changes by others' commits
        // only: the command line's.
        let now: i64 = self
            .write(|connection| {
                connection.pragma_query_value(None, "data_version", |row| row.get(0))
            })
            .await?;
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if others.replace(now).is_some_and(|before| before != now) {
            self.announcements.announce_all();
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), StoreError> {
        let owner = self.owner;
        self.read(move |connection| vaults::vault(connection, owner))
            .await?;
        self.writer.write(|_| Ok(())).await
    }

    async fn add_link(&self, link: AddLink) -> Result<LinkAdded, StoreError> {
        self.writer
            .write(move |connection| accounts::add_link(connection, &link))
            .await
    }

    async fn sign_in(&self, sign_in: SignIn) -> Result<SignInOutcome, StoreError> {
        self.write_then(
            move |connection| accounts::sign_in(connection, &sign_in),
            move |announcements, outcome| {
                if let SignInOutcome::SignedIn(session) = outcome {
                    announcements.announce(session.account_id, Changed::Sessions);
                }
            },
        )
        .await
    }

    async fn session(
        &self,
        token_hash: TokenHash,
        now_ms: u64,
    ) -> Result<SessionFound, StoreError> {
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
        self.write_then(
            move |connection| accounts::sign_out(connection, token_hash),
            move |announcements, account_id| {
                if let Some(account_id) = account_id {
                    announcements.announce(*account_id, Changed::Sessions);
                }
            },
        )
        .await
        .map(|_| ())
    }

    async fn devices(&self, account_id: AccountId) -> Result<Vec<DeviceRow>, StoreError> {
        self.readers
            .read(move |connection| accounts::devices(connection, account_id))
            .await
    }

    async fn vault(&self, account_id: AccountId) -> Result<Option<VaultRow>, StoreError> {
        self.read(move |connection| vaults::vault(connection, account_id))
            .await
    }

    async fn create_vault(
        &self,
        account_id: AccountId,
        vault: NewVault,
    ) -> Result<VaultCreated, StoreError> {
        self.write_then(
            move |connection| {
                vaults::create_vault(connection, account_id, &vault)
                    .map_err(|error| store_error(&error))
            },
            move |announcements, _| announcements.announce(account_id, Changed::Vault),
        )
        .await
    }

    async fn slots(&self, account_id: AccountId) -> Result<Option<SlotList>, StoreError> {
        self.read(move |connection| vaults::slots(connection, account_id))
            .await
    }

    async fn end_expired_sessions(&self, now_ms: u64) -> Result<usize, StoreError> {
        self.write_then(
            move |connection| {
                accounts::end_expired_sessions(connection, now_ms)
                    .map_err(|error| store_error(&error))
            },
            move |announcements, ended| {
                if *ended > 0 {
                    announcements.announce_all();
                }
            },
        )
        .await
    }

    async fn logout_everywhere(&self, logout: LogoutEverywhere) -> Result<(), StoreError> {
        let account_id = logout.account_id;
        self.write_then(
            move |connection| {
                accounts::logout_everywhere(connection, logout).map_err(|error| store_error(&error))
            },
            move |announcements, ()| {
                announcements.announce(account_id, Changed::Sessions);
                announcements.announce(account_id, Changed::Lock);
            },
        )
        .await
    }

    async fn replace_slots(
        &self,
        account_id: AccountId,
        slots: ReplaceSlots,
    ) -> Result<Outcome<()>, StoreError> {
        let change = (account_id, Changed::Keys);
        self.change(change, move |connection| {
            vaults::replace_slots(connection, account_id, &slots)
        })
        .await
    }

    async fn keep_settings(
        &self,
        account_id: AccountId,
        settings: VaultSettings,
    ) -> Result<Outcome<()>, StoreError> {
        self.write(move |connection| vaults::keep_settings(connection, account_id, settings))
            .await
    }

    async fn lock_vault(&self, new: NewLock) -> Result<Outcome<VaultLock>, StoreError> {
        let change = (new.account_id, Changed::Lock);
        self.change(change, move |connection| {
            lock::lock_vault(connection, new.account_id, new.lock)
        })
        .await
    }

    async fn unlock_vault(&self, unlock: Unlock) -> Result<Outcome<()>, StoreError> {
        let change = (unlock.account_id, Changed::Lock);
        self.change(change, move |connection| {
            lock::unlock_vault(connection, unlock)
        })
        .await
    }

    async fn recovery_codes(
        &self,
        account_id: AccountId,
    ) -> Result<Outcome<RecoveryCodeList>, StoreError> {
        self.read(move |connection| recovery::list(connection, account_id))
            .await
    }

    async fn replace_recovery_codes(
        &self,
        account_id: AccountId,
        codes: ReplaceRecoveryCodes,
        now_ms: u64,
    ) -> Result<Outcome<RecoveryCodeList>, StoreError> {
        let change = (account_id, Changed::Keys);
        self.change(change, move |connection| {
            recovery::replace(connection, account_id, &codes, now_ms)
        })
        .await
    }

    async fn revoke_recovery_codes(
        &self,
        account_id: AccountId,
        revoked: Revoked,
        slots: ReplaceSlots,
        now_ms: u64,
    ) -> Result<Outcome<RecoveryCodeList>, StoreError> {
        let change = (account_id, Changed::Keys);
        self.change(change, move |connection| {
            recovery::revoke(connection, account_id, revoked, &slots, now_ms)
        })
        .await
    }

    async fn validate_recovery_code(
        &self,
        code_try: CodeTry,
        code: ValidateRecoveryCode,
    ) -> Result<Outcome<ValidatedRecoveryCode>, StoreError> {
        let change = (code_try.account_id, Changed::Keys);
        self.change(change, move |connection| {
            recovery::validate(connection, code_try, &code)
        })
        .await
    }

    async fn begin_rotation(
        &self,
        rotation: NewRotation,
        request: BeginRotation,
    ) -> Result<Outcome<RotationBegun>, StoreError> {
        self.write(move |connection| rotation::begin(connection, rotation, &request))
            .await
    }

    async fn commit_rotation(
        &self,
        end: EndRotation,
        request: CommitRotation,
    ) -> Result<Outcome<()>, StoreError> {
        let change = (end.account_id, Changed::Keys);
        self.change(change, move |connection| {
            rotation::commit(connection, end, &request)
        })
        .await
    }

    async fn reset_vault(
        &self,
        account_id: AccountId,
        vault_id: VaultId,
    ) -> Result<Outcome<()>, StoreError> {
        let change = (account_id, Changed::Vault);
        self.change(change, move |connection| {
            vaults::reset_vault(connection, account_id, vault_id)
        })
        .await
    }

    async fn policies(&self) -> Result<Vec<PolicyDescription>, StoreError> {
        self.read(policies::list).await
    }

    async fn create_policy(
        &self,
        policy: CreatePolicyRequest,
        now_ms: u64,
    ) -> Result<PolicyCreated, StoreError> {
        self.write(move |connection| policies::create(connection, &policy, now_ms))
            .await
    }

    async fn deprecate_policy(
        &self,
        version: PolicyVersion,
        now_ms: u64,
    ) -> Result<PolicyDeprecated, StoreError> {
        self.write(move |connection| policies::deprecate(connection, version, now_ms))
            .await
    }

    async fn keep_admin_token(&self, token_hash: TokenHash) -> Result<(), StoreError> {
        self.write(move |connection| policies::keep_admin_token(connection, token_hash))
            .await
    }

    async fn is_admin_token(&self, token_hash: TokenHash) -> Result<bool, StoreError> {
        self.read(move |connection| policies::is_admin_token(connection, token_hash))
            .await
    }

    async fn accounts_of_vault(&self, vault_id: VaultId) -> Result<Vec<AccountId>, StoreError> {
        self.read(move |connection| vaults::accounts_of_vault(connection, vault_id))
            .await
    }

    async fn upload(&self, upload: Upload) -> Result<Outcome<UploadResponse>, StoreError> {
        let account_id = upload.account_id;
        self.write_then(
            move |connection| history::upload(connection, &upload),
            move |announcements, outcome| {
                let grew = |response: &UploadResponse| response.head() != response.previous;
                if outcome.as_ref().is_ok_and(grew) {
                    announcements.announce(account_id, Changed::Head);
                }
            },
        )
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
