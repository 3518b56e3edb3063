//! The addresses of the protocol. See docs/PROTOCOL.md.

use vault_types::{CredentialId, DeviceId, PolicyVersion, RotationId};

/// Sign in, ask who is signed in, sign out.
pub const SESSION: &str = "/api/session";
/// End every session of the account and lock its vault.
pub const LOGOUT_EVERYWHERE: &str = "/api/session/logout-everywhere";
/// Make a one-time sign-in link.
pub const LINKS: &str = "/api/links";
/// The devices of the account.
pub const DEVICES: &str = "/api/devices";
/// One device; see [`device`].
pub const DEVICE: &str = "/api/devices/{id}";
/// Sign a device out; see [`revoke_device`].
pub const REVOKE_DEVICE: &str = "/api/devices/{id}/revoke";
/// Keys for programs.
pub const API_KEYS: &str = "/api/api-keys";
/// One key for programs; see [`api_key`].
pub const API_KEY: &str = "/api/api-keys/{id}";
/// The account's vault.
pub const VAULT: &str = "/api/vault";
/// The vault's list of key slots.
pub const SLOTS: &str = "/api/vault/slots";
/// What the server must know of the vault's settings.
pub const SETTINGS: &str = "/api/vault/settings";
/// Lock the vault for every device.
pub const LOCK: &str = "/api/vault/lock";
/// Lift that lock.
pub const UNLOCK: &str = "/api/vault/unlock";
/// Destroy the vault at the server.
pub const RESET: &str = "/api/vault/reset";
/// The vault's recovery codes.
pub const RECOVERY_CODES: &str = "/api/vault/recovery-codes";
/// Use a recovery code.
pub const VALIDATE_RECOVERY_CODE: &str = "/api/vault/recovery-codes/validate";
/// Revoke every recovery code.
pub const REVOKE_RECOVERY_CODES: &str = "/api/vault/recovery-codes/revoke";
/// Revoke one; see [`revoke_recovery_code`].
pub const REVOKE_RECOVERY_CODE: &str = "/api/vault/recovery-codes/{id}/revoke";
/// Begin to change the vault's key.
pub const ROTATION: &str = "/api/vault/rotation";
/// Finish changing it; see [`commit_rotation`].
pub const COMMIT_ROTATION: &str = "/api/vault/rotation/{id}/commit";
/// The crypto policy for new vaults.
pub const CRYPTO_POLICY: &str = "/api/crypto-policy";
/// Every crypto policy.
pub const CRYPTO_POLICY_LIST: &str = "/api/crypto-policy/list";
/// One crypto policy; see [`crypto_policy`].
pub const CRYPTO_POLICY_VERSION: &str = "/api/crypto-policy/{version}";
/// Take a crypto policy from new vaults; see [`deprecate_crypto_policy`].
pub const DEPRECATE_CRYPTO_POLICY: &str = "/api/crypto-policy/{version}/deprecate";
/// Where the head is: what a device asks again and again.
pub const POLL: &str = "/api/sync/poll";
/// The same as a WebSocket, told as soon as it changes.
pub const SOCKET: &str = "/api/sync/socket";
/// Download, as an address with a query.
pub const DELTA: &str = "/api/sync/delta";
/// Send operations.
pub const UPLOAD: &str = "/v1/sync/upload";
/// Fetch operations.
pub const DOWNLOAD: &str = "/v1/sync/download";
/// Whether the process lives.
pub const HEALTH: &str = "/health";
/// Whether it can serve.
pub const READY: &str = "/ready";

/// This interface, for programs: OpenAPI 3.1.
pub const OPENAPI: &str = "/api/openapi.json";

/// Where a device is renamed.
#[must_use]
pub fn device(id: DeviceId) -> String {
    DEVICE.replace("{id}", &id.to_string())
}

/// Where a device is signed out.
#[must_use]
pub fn revoke_device(id: DeviceId) -> String {
    REVOKE_DEVICE.replace("{id}", &id.to_string())
}

/// Where a key for programs is ended.
#[must_use]
pub fn api_key(id: DeviceId) -> String {
    API_KEY.replace("{id}", &id.to_string())
}

/// Where to revoke one recovery code.
#[must_use]
pub fn revoke_recovery_code(id: CredentialId) -> String {
    REVOKE_RECOVERY_CODE.replace("{id}", &id.to_string())
}

/// Where to finish changing the vault's key.
#[must_use]
pub fn commit_rotation(id: RotationId) -> String {
    COMMIT_ROTATION.replace("{id}", &id.to_string())
}

/// Where a crypto policy is described.
#[must_use]
pub fn crypto_policy(version: PolicyVersion) -> String {
    CRYPTO_POLICY_VERSION.replace("{version}", &version.0.to_string())
}

/// Where a crypto policy is taken from new vaults.
#[must_use]
pub fn deprecate_crypto_policy(version: PolicyVersion) -> String {
    DEPRECATE_CRYPTO_POLICY.replace("{version}", &version.0.to_string())
}

/// The code with which a socket is closed whose session has ended.
pub const CLOSE_SIGNED_OUT: u16 = 4401;
/// The code with which a socket is closed whose vault was destroyed.
pub const CLOSE_NO_VAULT: u16 = 4404;

/// The content type of MessagePack bodies.
pub const MSGPACK: &str = "application/msgpack";
/// The content type of JSON bodies.
pub const JSON: &str = "application/json";
/// The content type of errors (RFC 9457).
pub const PROBLEM: &str = "application/problem+json";
