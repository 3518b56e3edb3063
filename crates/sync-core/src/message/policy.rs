//! Crypto policies, as the server tells of them. What it says is checked
//! against the floors and ceilings that the client holds; nothing here can
//! lower them.

use serde::{Deserialize, Serialize};
use vault_types::{PolicyVersion, fields};

/// `GET /api/crypto-policy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CryptoPolicies {
    /// The policy for new vaults.
    pub current: PolicyDescription,
}

fields!(CryptoPolicies { current });

/// `GET /api/crypto-policy/list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyList {
    /// The version for new vaults.
    pub current: PolicyVersion,
    /// By version, deprecated ones included.
    pub policies: Vec<PolicyDescription>,
}

fields!(PolicyList { current, policies });

/// A crypto policy as the server tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDescription {
    /// Its number.
    pub version: PolicyVersion,
    /// `AES-256-GCM` or `XChaCha20-Poly1305`.
    pub aead: String,
    /// `PBKDF2-HMAC-SHA256` or `Argon2id`.
    pub kdf: String,
    /// Iterations of PBKDF2, or passes of Argon2.
    pub kdf_iterations: u32,
    /// Memory of Argon2 in KiB; absent for PBKDF2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf_memory_kib: Option<u32>,
    /// Lanes of Argon2; absent for PBKDF2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf_lanes: Option<u32>,
    /// When it was made, Unix milliseconds.
    #[serde(default)]
    pub created_ms: u64,
    /// Since when it is not for new vaults any more; absent if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated_ms: Option<u64>,
}

fields!(PolicyDescription {
    version,
    aead,
    kdf,
    kdf_iterations,
    kdf_memory_kib: optional,
    kdf_lanes: optional,
    created_ms: default,
    deprecated_ms: optional,
});

/// `POST /api/crypto-policy`, for an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatePolicyRequest {
    /// A number that no policy has yet.
    pub version: PolicyVersion,
    /// As in [`PolicyDescription`].
    pub aead: String,
    /// As in [`PolicyDescription`].
    pub kdf: String,
    /// As in [`PolicyDescription`].
    pub kdf_iterations: u32,
    /// As in [`PolicyDescription`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf_memory_kib: Option<u32>,
    /// As in [`PolicyDescription`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf_lanes: Option<u32>,
}

fields!(CreatePolicyRequest {
    version,
    aead,
    kdf,
    kdf_iterations,
    kdf_memory_kib: optional,
    kdf_lanes: optional,
});
