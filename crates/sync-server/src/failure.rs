//! Why the server does not start, each as one sentence that says what to do.

use crate::store::{OpenError, PostgresError, StoreError};
use core::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use vault_types::Code;

/// Why the server, or a command of it, gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// The data folder cannot be made or written.
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// Another server uses the data folder.
    AlreadyRunning {
        /// The folder.
        path: PathBuf,
    },
    /// The data folder holds no database yet.
    NoDatabase {
        /// The folder.
        path: PathBuf,
    },
    /// The database cannot be opened.
    Database(OpenError),
    /// The PostgreSQL database cannot be opened.
    Postgres(PostgresError),
    /// The database opened and then failed.
    Store(StoreError),
    /// Another program listens there.
    PortInUse {
        /// Where.
        address: SocketAddr,
    },
    /// The system does not let the server listen there.
    CannotListen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The folder of the web application holds none.
    NoWebApplication {
        /// The folder.
        path: PathBuf,
    },
    /// The public URL is no origin.
    BadPublicUrl,
    /// What was asked cannot be done; the code's sentence says why.
    Refused {
        /// Why.
        code: Code,
    },
    /// A crypto policy that lacks something or names what there is not.
    IncompletePolicy,
    /// The system gave no threads.
    Runtime {
        /// What the system said.
        kind: io::ErrorKind,
    },
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::Database(error)
    }
}

impl From<PostgresError> for StartError {
    fn from(error: PostgresError) -> Self {
        Self::Postgres(error)
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataFolder { path, kind } => write!(
                f,
                "The data folder {} cannot be used: {kind}. Make it writable, or choose another \
                 with --data.",
                path.display()
            ),
            Self::AlreadyRunning { path } => write!(
                f,
                "Another Lockstep server already uses the data folder {}. Stop it first, or \
                 choose another folder with --data.",
                path.display()
            ),
            Self::NoDatabase { path } => write!(
                f,
                "There is no Lockstep database in {}. Start the server once, or name its folder \
                 with --data.",
                path.display()
            ),
            Self::Database(error) => write!(f, "{error}"),
            Self::Postgres(error) => write!(f, "{error}"),
            Self::Store(error) => write!(
                f,
                "The database could not be written: {error}. Check the disk and try again."
            ),
            Self::PortInUse { address } => write!(
                f,
                "Port {} is already in use. Stop the program that uses it, or choose another \
                 with --port.",
                address.port()
            ),
            Self::CannotListen { address, kind } => write!(
                f,
                "The server cannot listen on {address}: {kind}. Choose another --host or --port."
            ),
            Self::NoWebApplication { path } => write!(
                f,
                "There is no index.html in {}. Build the web application first, or leave --web \
                 out.",
                path.display()
            ),
            Self::BadPublicUrl => f.write_str(
                "The public URL must look like https://notes.example or http://host:port.",
            ),
            Self::Refused { code } => f.write_str(code.sentence()),
            Self::IncompletePolicy => f.write_str(
                "A policy needs an AEAD (AES-256-GCM or XChaCha20-Poly1305) and a KDF: \
                 PBKDF2-HMAC-SHA256 with --iterations, or Argon2id with --iterations, \
                 --memory-kib and --lanes. Nothing was changed.",
            ),
            Self::Runtime { kind } => {
                write!(f, "The system gave no threads: {kind}. Try again.")
            }
        }
    }
}

impl core::error::Error for StartError {}
