//! The folder that holds everything the server keeps.

use crate::failure::StartError;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const DATABASE: &str = "lockstep.sqlite3";
const LOCK: &str = "lockstep.lock";
const ADDRESS: &str = "address";

/// The data folder.
pub(crate) struct DataDir {
    path: PathBuf,
    database: PathBuf,
}

/// Keeps a second server out of the folder until dropped.
pub(crate) struct DataLock {
    _file: File,
}

impl DataDir {
    /// A folder, whether or not it is there.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            database: path.join(DATABASE),
            path,
        }
    }

    /// The folder of a database file of another name.
    pub(crate) fn of_file(database: PathBuf) -> Self {
        let folder = database.parent().filter(|path| *path != Path::new(""));
        Self {
            path: folder.map_or_else(|| PathBuf::from("."), Path::to_owned),
            database,
        }
    }

    /// The database file.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// Makes the folder, for its owner only, and locks it.
    pub(crate) fn claim(&self) -> Result<DataLock, StartError> {
        let lock = self.claim_folder()?;
        // SQLite gives its side files the mode of this one.
        open_private(&self.database).map_err(|error| self.unusable(&error))?;
        Ok(lock)
    }

    /// The same where the database is elsewhere.
    pub(crate) fn claim_folder(&self) -> Result<DataLock, StartError> {
        self.make().map_err(|error| self.unusable(&error))?;
        let file = open_private(&self.path.join(LOCK)).map_err(|error| self.unusable(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StartError::AlreadyRunning {
                    path: self.path.clone(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(self.unusable(&error)),
        }
        Ok(DataLock { _file: file })
    }

    /// That a server has been started here before.
    pub(crate) fn check_database(&self) -> Result<(), StartError> {
        if self.database.is_file() {
            Ok(())
        } else {
            Err(StartError::NoDatabase {
                path: self.path.clone(),
            })
        }
    }

    /// Notes where the server can be reached, for `link`.
    pub(crate) fn note_address(&self, url: &str) -> Result<(), StartError> {
        std::fs::write(self.path.join(ADDRESS), url).map_err(|error| self.unusable(&error))
    }

    /// Where the server was last reached.
    pub(crate) fn noted_address(&self) -> Option<String> {
        std::fs::read_to_string(self.path.join(ADDRESS)).ok()
    }

    fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    fn unusable(&self, error: &io::Error) -> StartError {
        StartError::DataFolder {
            path: self.path.clone(),
            kind: error.kind(),
        }
    }
}

/// Opens a file, making it readable by its owner only.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
