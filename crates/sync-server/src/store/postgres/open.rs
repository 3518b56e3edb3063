//! Opens a PostgreSQL database, or says in one sentence why not.

use super::connections::{Connections, Lease};
use super::engine::Waiting;
use super::{Begin, in_transaction};
use crate::store::StoreError;
use crate::store::sql::connection::{Connection, Result as SqlResult};
use crate::store::sql::{Life, begin_life, read_life};
use core::fmt;
use core::time::Duration;
use tokio::runtime::Handle;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Where PostgreSQL listens on Debian unless told otherwise.
const SOCKET_FOLDER: &str = "/var/run/postgresql";

/// Numbered from 1; each brings a database from the version before to its own.
const MIGRATIONS: [&str; 2] = [include_str!("schema.sql"), include_str!("schema_2.sql")];

/// Why a PostgreSQL database is not opened. Nothing in it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresError {
    /// The URL is none of PostgreSQL's.
    BadUrl,
    /// The URL asks for an encrypted connection, which this server has not.
    NoTls,
    /// Nobody answers there.
    Unreachable {
        /// Which database.
        place: String,
    },
    /// It answers, and lets nobody in, or has no such database.
    NoEntry {
        /// Which database.
        place: String,
    },
    /// It holds something else: give the server a database of its own.
    NotOurs {
        /// Which database.
        place: String,
    },
    /// Written by a newer version: run that one.
    Newer {
        /// Which database.
        place: String,
        /// Its version.
        version: i64,
    },
    /// It lacks what ours has.
    Damaged {
        /// Which database.
        place: String,
    },
    /// It failed.
    Failed {
        /// Which database.
        place: String,
        /// How.
        error: StoreError,
    },
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl => f.write_str(
                "The database's URL must look like postgres://user:password@host/name or \
                 sqlite:path.",
            ),
            Self::NoTls => f.write_str(
                "The connection to PostgreSQL is not encrypted by this server. Leave sslmode out \
                 and reach the database over a socket, a private network or a tunnel.",
            ),
            Self::Unreachable { place } => write!(
                f,
                "{place}: nobody answers. Start PostgreSQL, or correct --database."
            ),
            Self::NoEntry { place } => write!(
                f,
                "{place}: PostgreSQL lets nobody in with this name and password, or has no such \
                 database. Make it with createdb, or correct --database."
            ),
            Self::NotOurs { place } => write!(
                f,
                "{place}: this database holds something else. Give the server an empty one."
            ),
            Self::Newer { place, version } => write!(
                f,
                "{place}: this database was written by a newer version of Lockstep (format \
                 {version}, this server knows {}). Start the newer server again.",
                MIGRATIONS.len()
            ),
            Self::Damaged { place } => write!(
                f,
                "{place}: this database lacks what a database of Lockstep has. Restore it from a \
                 backup, or give the server an empty one."
            ),
            Self::Failed { place, error } => {
                write!(f, "{place}: the database cannot be opened: {error}.")
            }
        }
    }
}

impl core::error::Error for PostgresError {}

/// Opens a database, making or migrating its tables.
pub(super) async fn open(
    url: &str,
    now_ms: u64,
) -> Result<(Config, Connections, Life), PostgresError> {
    let config = parse(url)?;
    let place = place(&config);
    let failed = |error| explain(error, place.clone());
    let connections = Connections::new(config.clone()).map_err(failed)?;
    let lease = connections.lease().await.map_err(failed)?;
    let runtime = Handle::current();
    let opened = tokio::task::spawn_blocking(move || migrate(lease, runtime, now_ms)).await;
    let opened = opened.map_err(|_| failed(StoreError::Failed { number: -1 }))?;
    match opened.map_err(failed)? {
        Found::Ours(life) => Ok((config, connections, life)),
        Found::Another => Err(PostgresError::NotOurs { place }),
        Found::Newer { version } => Err(PostgresError::Newer { place, version }),
    }
}

fn parse(url: &str) -> Result<Config, PostgresError> {
    let mut config: Config = url.parse().map_err(|_| PostgresError::BadUrl)?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(PostgresError::NoTls);
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host(SOCKET_FOLDER);
    }
    config
        .application_name("lockstep")
        .connect_timeout(Duration::from_secs(5))
        // A server that went without a word is noticed within a minute.
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3);
    Ok(config)
}

/// The database as a person would name it, without who asks.
fn place(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => config
            .get_hostaddrs()
            .first()
            .map_or_else(String::new, ToString::to_string),
    };
    let name = config.get_dbname().or_else(|| config.get_user());
    format!("Database {} at {host}", name.unwrap_or("without a name"))
}

fn explain(error: StoreError, place: String) -> PostgresError {
    match error {
        StoreError::Unreachable => PostgresError::Unreachable { place },
        // Invalid authorization, and a catalogue that there is not.
        StoreError::Refused { state } if state.starts_with(b"28") || state == *b"3D000" => {
            PostgresError::NoEntry { place }
        }
        StoreError::Failed { .. } => PostgresError::Damaged { place },
        error => PostgresError::Failed { place, error },
    }
}

/// What a database turned out to be.
enum Found {
    Ours(Life),
    Another,
    Newer { version: i64 },
}

fn migrate(lease: Lease, runtime: Handle, now_ms: u64) -> Result<Found, StoreError> {
    let waiting = Waiting::new(lease.client()?, runtime);
    // Under the lock of all writes: another server may begin at the same time.
    let found = in_transaction(&waiting, Begin::Write, |connection| {
        let version = match version(connection)? {
            None => return Ok(Found::Another),
            Some(version) => version,
        };
        let Some(missing) = usize::try_from(version)
            .ok()
            .and_then(|done| MIGRATIONS.get(done..))
        else {
            return Ok(Found::Newer { version });
        };
        for migration in missing {
            waiting.batch(migration)?;
        }
        if !missing.is_empty() {
            note_version(connection)?;
        }
        if version == 0 {
            begin_life(connection, now_ms)?;
        }
        Ok(Found::Ours(read_life(connection)?))
    })??;
    lease.give_back();
    Ok(found)
}

/// The version of a database's tables: 0 if it is empty, `None` if they are
/// somebody else's.
fn version(connection: &Connection<'_>) -> SqlResult<Option<i64>> {
    let ours = connection
        .prepare_cached("SELECT to_regclass('lockstep_format') IS NOT NULL")?
        .query_row((), |row| row.get(0))?;
    if ours {
        let version = connection
            .prepare_cached("SELECT version FROM lockstep_format")?
            .query_row((), |row| row.get(0))?;
        return Ok(Some(version));
    }
    let tables: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM pg_catalog.pg_class
             WHERE relnamespace = to_regnamespace(current_schema())
             AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')",
        )?
        .query_row((), |row| row.get(0))?;
    Ok((tables == 0).then_some(0))
}

fn note_version(connection: &Connection<'_>) -> SqlResult<()> {
    connection
        .prepare_cached("CREATE TABLE IF NOT EXISTS lockstep_format (version BIGINT NOT NULL)")?
        .execute(())?;
    connection
        .prepare_cached("DELETE FROM lockstep_format")?
        .execute(())?;
    connection
        .prepare_cached("INSERT INTO lockstep_format (version) VALUES (?1)")?
        .execute([MIGRATIONS.len()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        let config = parse("postgres://ada:secret@db.example:5433/notes").unwrap();
        assert_eq!(place(&config), "Database notes at db.example");
        let local = parse("postgres:///notes?user=ada").unwrap();
        assert_eq!(place(&local), "Database notes at /var/run/postgresql");
        assert!(matches!(parse("mysql://x"), Err(PostgresError::BadUrl)));
    }

    #[test]
    fn encryption_that_is_asked_for_is_not_left_out_in_silence() {
        let refused = parse("postgres://ada@db.example/notes?sslmode=require").err();
        assert_eq!(refused, Some(PostgresError::NoTls));
    }
}
