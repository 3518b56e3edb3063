//! The addresses of the protocol. See docs/PROTOCOL.md.

/// Sign in, ask who is signed in, sign out.
pub const SESSION: &str = "/api/session";
/// Make a one-time sign-in link.
pub const LINKS: &str = "/api/links";
/// The devices of the account.
pub const DEVICES: &str = "/api/devices";
/// The account's vault.
pub const VAULT: &str = "/api/vault";
/// The vault's list of key slots.
pub const SLOTS: &str = "/api/vault/slots";
/// The crypto policy for new vaults.
pub const CRYPTO_POLICY: &str = "/api/crypto-policy";
/// Where the head is: what a device asks again and again.
pub const POLL: &str = "/api/sync/poll";
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

/// The content type of MessagePack bodies.
pub const MSGPACK: &str = "application/msgpack";
/// The content type of JSON bodies.
pub const JSON: &str = "application/json";
/// The content type of errors (RFC 9457).
pub const PROBLEM: &str = "application/problem+json";
