//! Opens a database file, or says in one sentence why not.

use crate::store::StoreError;
use crate::store::sql::connection::{Connection as Shared, Error};
use crate::store::sql::{Life, begin_life, read_life};
use core::fmt;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// "LKST": marks the file as ours (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i32 = 0x4c4b_5354;
/// Versions before this can lose writes when a WAL is reset.
const SQLITE_VERSION_MIN: (i32, &str) = (3_051_003, "3.51.3");
/// How long a writer waits for one in another process.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Up to this size the file is read through at start.
const CHECKED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Numbered from 1; each brings the file from the version before to its own.
const MIGRATIONS: [&str; 3] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
];

/// Why a database file is not opened. Nothing in it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// Not a database of Lockstep: give another data folder.
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer version: run that one.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i32,
    },
    /// Damaged: restore it from a backup.
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The SQLite library has a bug that corrupts data.
    OldLibrary {
        /// Its version.
        version: String,
    },
    /// The file cannot be read or written.
    Unusable {
        /// The file.
        path: PathBuf,
        /// SQLite's extended result code, or -1.
        number: i32,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs { path } => write!(
                f,
                "{}: this file is not a Lockstep database. Choose another folder with --data.",
                path.display()
            ),
            Self::Newer { path, version } => write!(
                f,
                "{}: this database was written by a newer version of Lockstep (format {version}, \
                 this server knows {}). Start the newer server again, or choose another folder \
                 with --data.",
                path.display(),
                MIGRATIONS.len()
            ),
            Self::Corrupt { path } => write!(
                f,
                "{}: this database is damaged. Restore the folder from a backup, or move it away \
                 to start anew; devices keep what they hold.",
                path.display()
            ),
            Self::OldLibrary { version } => write!(
                f,
                "SQLite {version} can lose data; this server needs {} or newer. Build it with the \
                 bundled library.",
                SQLITE_VERSION_MIN.1
            ),
            Self::Unusable { path, number } => write!(
                f,
                "{}: the database cannot be opened (SQLite code {number}). Check that the folder \
                 and its files can be written and that the disk is not full.",
                path.display()
            ),
        }
    }
}

impl core::error::Error for OpenError {}

/// An open, migrated database.
pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) readers: Vec<Connection>,
    pub(super) life: Life,
}

/// Opens a file, making or migrating it.
pub(super) fn open(path: &Path, readers: usize, now_ms: u64) -> Result<Opened, OpenError> {
    check_library()?;
    let ours = Ours { path };
    let mut writer = ours.connect()?;
    ours.check_format(&writer)?;
    let tuned = tune(&writer).and_then(|()| migrate(&mut writer, now_ms));
    let life = tuned.map_err(|error| ours.explain(&error))?;
    let readers = (0..readers)
        .map(|_| {
            let reader = ours.connect()?;
            tune(&reader)
                .and_then(|()| reader.pragma_update(None, "query_only", true))
                .map_err(|error| ours.explain(&error))?;
            Ok(reader)
        })
        .collect::<Result<_, OpenError>>()?;
    Ok(Opened {
        writer,
        readers,
        life,
    })
}

fn check_library() -> Result<(), OpenError> {
    if rusqlite::version_number() >= SQLITE_VERSION_MIN.0 {
        Ok(())
    } else {
        Err(OpenError::OldLibrary {
            version: rusqlite::version().to_owned(),
        })
    }
}

struct Ours<'a> {
    path: &'a Path,
}

impl Ours<'_> {
    fn connect(&self) -> Result<Connection, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(self.path, flags).map_err(|error| self.explain(&error))?;
        connection
            .busy_timeout(BUSY_WAIT)
            .map_err(|error| self.explain(&error))?;
        Ok(connection)
    }

    /// Reads only, so that a file of another program stays as it is.
    fn check_format(&self, connection: &Connection) -> Result<(), OpenError> {
        let read = |sql: &str| -> Result<i32, OpenError> {
            connection
                .query_row(sql, [], |row| row.get(0))
                .map_err(|error| self.explain(&error))
        };
        let path = || self.path.to_owned();
        let application = read("PRAGMA application_id")?;
        let version = read("PRAGMA user_version")?;
        let tables = read("SELECT count(*) FROM sqlite_schema")?;
        let fresh = application == 0 && version == 0 && tables == 0;
        if application != APPLICATION_ID && !fresh {
            return Err(OpenError::NotOurs { path: path() });
        }
        if usize::try_from(version).is_ok_and(|version| version > MIGRATIONS.len()) {
            return Err(OpenError::Newer {
                path: path(),
                version,
            });
        }
        if self.len() <= CHECKED_BYTES_MAX {
            self.check_pages(connection)?;
        }
        Ok(())
    }

    fn check_pages(&self, connection: &Connection) -> Result<(), OpenError> {
        let verdict: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| self.explain(&error))?;
        if verdict == "ok" {
            Ok(())
        } else {
            Err(OpenError::Corrupt {
                path: self.path.to_owned(),
            })
        }
    }

    fn len(&self) -> u64 {
        std::fs::metadata(self.path).map_or(0, |metadata| metadata.len())
    }

    fn explain(&self, error: &rusqlite::Error) -> OpenError {
        let path = self.path.to_owned();
        match error {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::NotADatabase => OpenError::NotOurs { path },
                ErrorCode::DatabaseCorrupt => OpenError::Corrupt { path },
                _ => OpenError::Unusable {
                    path,
                    number: failure.extended_code,
                },
            },
            // A database that is ours by its mark and yet lacks what ours has.
            _ => OpenError::Corrupt { path },
        }
    }
}

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Each commit is on the disk before anybody is told.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn migrate(connection: &mut Connection, now_ms: u64) -> rusqlite::Result<Life> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Read again inside: another process may have been faster.
    let version: i32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(0);
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", index + 1)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    let shared = Shared::new(&*transaction);
    if done == 0 {
        begin_life(&shared, now_ms).map_err(in_sqlite)?;
    }
    let life = read_life(&shared).map_err(in_sqlite)?;
    transaction.commit()?;
    Ok(life)
}

/// An error of the shared code in SQLite's words again.
fn in_sqlite(error: Error) -> rusqlite::Error {
    let number = match error {
        Error::Failed(StoreError::Full) => ffi::SQLITE_FULL,
        Error::Failed(StoreError::Busy) => ffi::SQLITE_BUSY,
        Error::Failed(StoreError::Failed { number }) => number,
        _ => return rusqlite::Error::QueryReturnedNoRows,
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(number), None)
}
