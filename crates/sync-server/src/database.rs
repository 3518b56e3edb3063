//! Which database: a file in the data folder, unless a URL says otherwise.

use crate::clock::now_ms;
use crate::data_dir::{DataDir, DataLock};
use crate::failure::StartError;
use crate::store::{PostgresError, SqlStore};
use clap::Args;
use std::path::PathBuf;

const SQLITE: &str = "sqlite:";

/// Where the server keeps its data.
#[derive(Args)]
pub(crate) struct DatabaseArguments {
    /// The folder that holds everything the server keeps.
    #[arg(long, value_name = "DIR", required_unless_present = "database")]
    data: Option<PathBuf>,
    /// The database, if not a file in the data folder: sqlite:PATH, or
    /// postgres://USER:PASSWORD@HOST/NAME. Several servers may share one of
    /// PostgreSQL.
    #[arg(
        long,
        value_name = "URL",
        env = "LOCKSTEP_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
}

/// A database, whether or not it is there.
pub(crate) struct Database {
    folder: Option<DataDir>,
    postgres: Option<String>,
}

impl DatabaseArguments {
    /// What was asked for.
    ///
    /// # Errors
    /// [`PostgresError::BadUrl`] for a URL of another kind.
    pub(crate) fn database(&self) -> Result<Database, StartError> {
        let folder = self.data.clone().map(DataDir::new);
        let Some(url) = &self.database else {
            return Ok(Database {
                folder,
                postgres: None,
            });
        };
        if let Some(path) = url.strip_prefix(SQLITE) {
            return Ok(Database {
                folder: Some(DataDir::of_file(PathBuf::from(path))),
                postgres: None,
            });
        }
        if ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Ok(Database {
                folder,
                postgres: Some(url.clone()),
            });
        }
        Err(PostgresError::BadUrl.into())
    }
}

impl Database {
    /// Keeps a second server out of the folder, if there is one.
    pub(crate) fn claim(&self) -> Result<Option<DataLock>, StartError> {
        match (&self.folder, &self.postgres) {
            (Some(folder), None) => folder.claim().map(Some),
            (Some(folder), Some(_)) => folder.claim_folder().map(Some),
            (None, _) => Ok(None),
        }
    }

    /// Opens it, making it if need be.
    pub(crate) async fn open(&self) -> Result<SqlStore, StartError> {
        match (&self.postgres, &self.folder) {
            (Some(url), _) => Ok(SqlStore::open_postgres(url, now_ms()).await?),
            (None, Some(folder)) => Ok(SqlStore::open_sqlite(folder.database(), now_ms())?),
            (None, None) => Err(PostgresError::BadUrl.into()),
        }
    }

    /// Opens what is there.
    pub(crate) async fn open_existing(&self) -> Result<SqlStore, StartError> {
        if let (None, Some(folder)) = (&self.postgres, &self.folder) {
            folder.check_database()?;
        }
        self.open().await
    }

    /// Notes where the server can be reached, for `link`.
    pub(crate) fn note_address(&self, url: &str) -> Result<(), StartError> {
        match &self.folder {
            Some(folder) => folder.note_address(url),
            None => Ok(()),
        }
    }

    /// Where the server was last reached.
    pub(crate) fn noted_address(&self) -> Option<String> {
        self.folder.as_ref()?.noted_address()
    }
}
