//! What can go wrong between the engine and the browser.

use vault_engine::StoreError;
use vault_types::Code;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

/// Why the browser's storage did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StorageFault {
    /// No room. What was there before is still there.
    Full,
    /// The database was made by a newer version of Lockstep.
    Newer,
    /// Another tab has taken the vault over.
    TakenOver,
    /// Another tab runs an older version and does not let go.
    Blocked,
    /// The browser took everything away under our feet, such as when a person
    /// clears the site's data.
    Erased,
    /// The browser has no IndexedDB here.
    Missing,
    /// The connection was closed; a new one may do.
    Closed,
    /// Anything else.
    Failed,
}

impl StorageFault {
    /// Reads the name of what the browser threw or reported.
    pub(crate) fn from_js(thrown: &JsValue) -> Self {
        thrown
            .dyn_ref::<DomException>()
            .map_or(Self::Failed, |exception| Self::from_name(&exception.name()))
    }

    /// What a DOM exception of that name stands for.
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "QuotaExceededError" => Self::Full,
            "VersionError" => Self::Newer,
            "InvalidStateError" => Self::Closed,
            _ => Self::Failed,
        }
    }

    /// What the engine hears.
    pub(crate) const fn store_error(self) -> StoreError {
        match self {
            Self::Full => StoreError::Full,
            Self::Newer
            | Self::TakenOver
            | Self::Blocked
            | Self::Erased
            | Self::Missing
            | Self::Closed
            | Self::Failed => StoreError::Failed,
        }
    }

    /// The code with which this worker comes to its end; `None` if it can go
    /// on.
    pub(crate) const fn end(self) -> Option<Code> {
        match self {
            Self::Newer => Some(Code::StorageNewer),
            Self::TakenOver | Self::Blocked => Some(Code::OpenElsewhere),
            Self::Erased => Some(Code::StorageFailed),
            Self::Missing => Some(Code::Unsupported),
            Self::Full | Self::Closed | Self::Failed => None,
        }
    }

    /// The code of a worker that could not open its storage.
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Full => Code::StorageFull,
            Self::Newer => Code::StorageNewer,
            Self::TakenOver | Self::Blocked => Code::OpenElsewhere,
            Self::Missing => Code::Unsupported,
            Self::Erased | Self::Closed | Self::Failed => Code::StorageFailed,
        }
    }
}

impl From<idb::Error> for StorageFault {
    fn from(error: idb::Error) -> Self {
        match error {
            idb::Error::DomException(exception) => Self::from_name(&exception.name()),
            idb::Error::IndexedDbNotFound(_) => Self::Missing,
            idb::Error::AddFailed(thrown)
            | idb::Error::UpdateFailed(thrown)
            | idb::Error::DeleteFailed(thrown)
            | idb::Error::ClearFailed(thrown)
            | idb::Error::GetFailed(thrown)
            | idb::Error::GetAllFailed(thrown)
            | idb::Error::GetAllKeysFailed(thrown)
            | idb::Error::IndexedDbOpenFailed(thrown)
            | idb::Error::ObjectStoreNotFound(thrown)
            | idb::Error::TransactionOpenFailed(thrown) => Self::from_js(&thrown),
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_faults() {
        let full = StorageFault::from_name("QuotaExceededError");
        assert_eq!(full.store_error(), StoreError::Full);
        assert_eq!(full.end(), None);
        let other = StorageFault::from_name("UnknownError");
        assert_eq!(other.store_error(), StoreError::Failed);
        assert_eq!(other.end(), None);
    }

    #[test]
    fn a_newer_database_ends_the_worker() {
        let newer = StorageFault::from_name("VersionError");
        assert_eq!(newer.end(), Some(Code::StorageNewer));
        assert_eq!(newer.code(), Code::StorageNewer);
    }
}
