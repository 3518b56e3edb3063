//! Managing devices, and keys for programs.

use serde::{Deserialize, Serialize};
use vault_types::{DeviceId, fields};

/// `PUT /api/devices/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameDevice {
    /// What its owner calls it from now on: 1 to
    /// [`vault_types::limits::DEVICE_NAME_BYTES_MAX`] bytes.
    pub name: String,
}

fields!(RenameDevice { name });

/// `GET /api/api-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyList {
    /// Oldest first.
    pub keys: Vec<ApiKeyEntry>,
}

fields!(ApiKeyList { keys });

/// A key for programs, without what would let anybody use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyEntry {
    /// Names the key; what it writes carries this as its device.
    pub device_id: DeviceId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, Unix milliseconds of the server's clock.
    pub created_ms: u64,
    /// When it was last used, to the minute.
    #[serde(default)]
    pub last_used_ms: Option<u64>,
}

fields!(ApiKeyEntry {
    device_id,
    name,
    created_ms,
    last_used_ms
});

/// `POST /api/api-keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateApiKey {
    /// What its owner calls it: 1 to
    /// [`vault_types::limits::DEVICE_NAME_BYTES_MAX`] bytes.
    pub name: String,
}

fields!(CreateApiKey { name });

/// A key that was just made. Its token is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewApiKey {
    /// Names the key.
    pub device_id: DeviceId,
    /// What a program sends: `Authorization: Bearer TOKEN`.
    pub token: String,
}

fields!(NewApiKey { device_id, token });
