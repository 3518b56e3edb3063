//! The store over SQL. What it does is written once, over [`connection`], and
//! runs on SQLite and on PostgreSQL alike; what is worth doing in a database's
//! own way (appending to a history, reading it) is in `sqlite` and `postgres`.
//!
//! A change of the tables is a migration in each of the two, see their
//! `MIGRATIONS`; a test holds that both then have the same tables and columns.

mod accounts;
pub(in crate::store) mod connection;
mod life;
mod lock;
mod members;
mod policies;
mod recovery;
mod rotation;
mod row;
mod value;
pub(in crate::store) mod vaults;

use super::draft::Draft;
use super::postgres::{Postgres, PostgresError};
use super::sqlite::{OpenError, Sqlite};
use super::{
    AddApiKey, AddLink, Announcements, ApiKeyAdded, ApiKeyFound, ApiKeyRow, Changed, CodeTry,
    DeviceRow, EndRotation, Found, LinkAdded, LogoutEverywhere, Member, NewLock, NewRotation,
    NewVault, Outcome, Page, PageQuery, PolicyCreated, PolicyDeprecated, Revoked, SessionFound,
    SignIn, SignInOutcome, Store, StoreError, Unlock, Upload, VaultCreated, VaultRow,
};
use crate::token::TokenHash;
use connection::Connection;
pub(in crate::store) use life::{Life, begin_life, read_life};
use std::path::Path;
use sync_core::message::{
    BeginRotation, CommitRotation, CreatePolicyRequest, PolicyDescription, RecoveryCodeList,
    ReplaceRecoveryCodes, ReplaceSlots, RotationBegun, SlotList, UploadResponse,
    ValidateRecoveryCode, ValidatedRecoveryCode, VaultLock, VaultSettings,
};
use vault_types::{AccountId, PolicyVersion, ServerEpoch, VaultId};

/// The store in a SQL database.
pub struct SqlStore {
    database: Database,
    life: Life,
    announcements: Announcements,
}

/// Which database.
enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl SqlStore {
    /// Opens a SQLite file, or makes it, `now_ms` being its birth.
    ///
    /// # Errors
    /// [`OpenError`], whose text says what to do.
    pub fn open_sqlite(path: &Path, now_ms: u64) -> Result<Self, OpenError> {
        let (sqlite, life) = Sqlite::open(path, now_ms)?;
        Ok(Self {
            database: Database::Sqlite(sqlite),
            life,
            announcements: Announcements::default(),
        })
    }

    /// Opens a PostgreSQL database by its URL, `now_ms` being its birth if it
    /// is empty.
    ///
    /// # Errors
    /// [`PostgresError`], whose text says what to do.
    pub async fn open_postgres(url: &str, now_ms: u64) -> Result<Self, PostgresError> {
        let announcements = Announcements::default();
        let (postgres, life) = Postgres::open(url, now_ms, announcements.clone()).await?;
        Ok(Self {
            database: Database::Postgres(postgres),
            life,
            announcements,
        })
    }

    /// Reads in one state of the database.
    async fn read<T: Send + 'static, E: Into<StoreError>>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = move |connection: &Connection<'_>| work(connection).map_err(Into::into);
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.read(work).await,
            Database::Postgres(postgres) => postgres.read(work).await,
        }
    }

    /// Reads with a single statement, which sees one state by itself.
    async fn read_once<T: Send + 'static, E: Into<StoreError>>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = move |connection: &Connection<'_>| work(connection).map_err(Into::into);
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.read(work).await,
            Database::Postgres(postgres) => postgres.read_once(work).await,
        }
    }

    /// Writes, one after another with every other writer but those of
    /// histories, and returns after the commit.
    async fn write<T: Send + 'static, E: Into<StoreError>>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_then(work, |_, _| ()).await
    }

    /// Changes an account's vault, and announces it unless it was refused.
    async fn change<T: Send + 'static>(
        &self,
        (account_id, changed): (AccountId, Changed),
        work: impl FnOnce(&Connection<'_>) -> connection::Result<Outcome<T>> + Send + 'static,
    ) -> Result<Outcome<T>, StoreError> {
        self.write_then(work, move |draft, outcome| {
            if outcome.is_ok() {
                draft.announce(account_id, changed);
            }
        })
        .await
    }

    /// Writes, and announces what came of it with the commit.
    async fn write_then<T: Send + 'static, E: Into<StoreError>>(
        &self,
        work: impl FnOnce(&Connection<'_>) -> Result<T, E> + Send + 'static,
        then: impl FnOnce(&mut Draft, &T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = move |connection: &Connection<'_>| work(connection).map_err(Into::into);
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.write(work, then, &self.announcements).await,
            Database::Postgres(postgres) => postgres.write(work, then).await,
        }
    }
}

impl Store for SqlStore {
    fn server_epoch(&self) -> ServerEpoch {
        self.life.server_epoch
    }

    fn owner(&self) -> AccountId {
        self.life.owner
    }

    fn announcements(&self) -> &Announcements {
        &self.announcements
    }

    async fn notice_others(&self) -> Result<(), StoreError> {
        if let Database::Postgres(postgres) = &self.database {
            postgres.listen();
            return Ok(());
        }
        if !self.announcements.is_heard() {
            return Ok(());
        }
        if let Database::Sqlite(sqlite) = &self.database
            && sqlite.others_wrote().await?
        {
            self.announcements.announce_all();
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), StoreError> {
        let owner = self.life.owner;
        self.read(move |connection| vaults::vault(connection, owner))
            .await?;
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.check().await,
            Database::Postgres(postgres) => postgres.check(owner).await,
        }
    }

    async fn add_link(&self, link: AddLink) -> Result<LinkAdded, StoreError> {
        self.write(move |connection| accounts::add_link(connection, &link))
            .await
    }

    async fn sign_in(&self, sign_in: SignIn) -> Result<SignInOutcome, StoreError> {
        self.write_then(
            move |connection| accounts::sign_in(connection, &sign_in),
            move |draft, outcome| {
                if let SignInOutcome::SignedIn(session) = outcome {
                    draft.announce(session.account_id, Changed::Sessions);
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
        self.read_once(move |connection| accounts::session(connection, token_hash, now_ms))
            .await
    }

    async fn touch_session(&self, token_hash: TokenHash, now_ms: u64) -> Result<(), StoreError> {
        self.write(move |connection| accounts::touch_session(connection, token_hash, now_ms))
            .await
    }

    async fn sign_out(&self, token_hash: TokenHash) -> Result<(), StoreError> {
        self.write_then(
            move |connection| accounts::sign_out(connection, token_hash),
            move |draft, account_id| {
                if let Some(account_id) = account_id {
                    draft.announce(*account_id, Changed::Sessions);
                }
            },
        )
        .await
        .map(|_| ())
    }

    async fn devices(&self, account_id: AccountId) -> Result<Vec<DeviceRow>, StoreError> {
        self.read_once(move |connection| accounts::devices(connection, account_id))
            .await
    }

    async fn rename_device(&self, device: Member, name: String) -> Result<Found, StoreError> {
        self.write(move |connection| members::rename_device(connection, device, &name))
            .await
    }

    async fn revoke_device(&self, device: Member, now_ms: u64) -> Result<Found, StoreError> {
        self.write_then(
            move |connection| members::revoke_device(connection, device, now_ms),
            move |draft, found| {
                if *found == Found::Done {
                    draft.announce(device.account_id, Changed::Sessions);
                }
            },
        )
        .await
    }

    async fn add_api_key(&self, key: AddApiKey) -> Result<ApiKeyAdded, StoreError> {
        self.write(move |connection| members::add_api_key(connection, &key))
            .await
    }

    async fn api_keys(&self, account_id: AccountId) -> Result<Vec<ApiKeyRow>, StoreError> {
        self.read_once(move |connection| members::api_keys(connection, account_id))
            .await
    }

    async fn revoke_api_key(&self, key: Member) -> Result<Found, StoreError> {
        self.write(move |connection| members::revoke_api_key(connection, key))
            .await
    }

    async fn api_key(&self, token_hash: TokenHash) -> Result<Option<ApiKeyFound>, StoreError> {
        self.read_once(move |connection| members::api_key(connection, token_hash))
            .await
    }

    async fn touch_api_key(&self, token_hash: TokenHash, now_ms: u64) -> Result<(), StoreError> {
        self.write(move |connection| members::touch_api_key(connection, token_hash, now_ms))
            .await
    }

    async fn vault(&self, account_id: AccountId) -> Result<Option<VaultRow>, StoreError> {
        self.read_once(move |connection| vaults::vault(connection, account_id))
            .await
    }

    async fn create_vault(
        &self,
        account_id: AccountId,
        vault: NewVault,
    ) -> Result<VaultCreated, StoreError> {
        self.write_then(
            move |connection| vaults::create_vault(connection, account_id, &vault),
            move |draft, _| draft.announce(account_id, Changed::Vault),
        )
        .await
    }

    async fn slots(&self, account_id: AccountId) -> Result<Option<SlotList>, StoreError> {
        self.read_once(move |connection| vaults::slots(connection, account_id))
            .await
    }

    async fn end_expired_sessions(&self, now_ms: u64) -> Result<usize, StoreError> {
        self.write_then(
            move |connection| accounts::end_expired_sessions(connection, now_ms),
            move |draft, ended| {
                if *ended > 0 {
                    draft.announce_all();
                }
            },
        )
        .await
    }

    async fn logout_everywhere(&self, logout: LogoutEverywhere) -> Result<(), StoreError> {
        let account_id = logout.account_id;
        self.write_then(
            move |connection| accounts::logout_everywhere(connection, logout),
            move |draft, ()| {
                draft.announce(account_id, Changed::Sessions);
                draft.announce(account_id, Changed::Lock);
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
        self.read_once(policies::list).await
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
        self.read_once(move |connection| policies::is_admin_token(connection, token_hash))
            .await
    }

    async fn accounts_of_vault(&self, vault_id: VaultId) -> Result<Vec<AccountId>, StoreError> {
        self.read_once(move |connection| vaults::accounts_of_vault(connection, vault_id))
            .await
    }

    async fn upload(&self, upload: Upload) -> Result<Outcome<UploadResponse>, StoreError> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.upload(upload, &self.announcements).await,
            Database::Postgres(postgres) => postgres.upload(upload).await,
        }
    }

    async fn page(&self, query: PageQuery) -> Result<Page, StoreError> {
        let server_epoch = self.life.server_epoch;
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.page(server_epoch, query).await,
            Database::Postgres(postgres) => postgres.page(server_epoch, query).await,
        }
    }

    async fn close(&self) {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.close().await,
            Database::Postgres(postgres) => postgres.close().await,
        }
    }
}
