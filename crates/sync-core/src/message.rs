//! Every request and response, as serde types: MessagePack maps and JSON
//! objects with the same field names. docs/PROTOCOL.md is their specification.
//!
//! Nothing here is verified. An operation that arrives is [`Accepted`]; only
//! [`crate::History::extend`] makes a [`crate::VerifiedOp`] of it.

mod account;
mod lock;
mod policy;
mod recovery;
mod rotation;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vault_types::{
    AccountId, Code, Cursor, DeviceId, Epoch, Generation, HistoryHash, OpId, OpaqueBytes,
    PolicyVersion, Seen, ServerEpoch, VaultId, fields,
};

pub use account::{ApiKeyEntry, ApiKeyList, CreateApiKey, NewApiKey, RenameDevice};
pub use lock::{
    LockVaultRequest, LockedBy, LogoutEverywhereRequest, RESET_WORDS, ResetVaultRequest,
    UnlockVaultRequest, VaultLock, VaultSettings,
};
pub use policy::{CreatePolicyRequest, CryptoPolicies, PolicyDescription, PolicyList};
pub use recovery::{
    NewRecoveryCode, RecoveryCodeEntry, RecoveryCodeList, ReplaceRecoveryCodes,
    RevokeRecoveryCodes, ValidateRecoveryCode, ValidatedRecoveryCode, Verifier, VerifierHash,
};
pub use rotation::{BeginRotation, CommitRotation, RotationBegun, VaultExtent};

/// A place in a vault's history: up to which operation, and the hash so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Head {
    /// The last operation's place; 0 before the first.
    pub cursor: Cursor,
    /// The hash over the history up to there.
    #[serde(with = "hash_bytes")]
    pub hash: HistoryHash,
}

fields!(Head { cursor, hash });

impl From<Head> for Seen {
    fn from(head: Head) -> Self {
        Self {
            cursor: head.cursor,
            hash: head.hash,
        }
    }
}

impl From<Seen> for Head {
    fn from(seen: Seen) -> Self {
        Self {
            cursor: seen.cursor,
            hash: seen.hash,
        }
    }
}

/// `POST /api/session`: signs this device in with a one-time link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    /// The link as printed, or only the token behind its `#`.
    pub link: String,
    /// The id that the device chose for itself.
    pub device_id: DeviceId,
    /// What its owner calls it; at most
    /// [`vault_types::limits::DEVICE_NAME_BYTES_MAX`].
    pub device_name: String,
}

fields!(SignInRequest {
    link,
    device_id,
    device_name
});

/// Who is signed in: the answer to `POST` and `GET /api/session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account.
    pub account_id: AccountId,
    /// The device that the session belongs to.
    pub device_id: DeviceId,
    /// The account's vault, once there is one.
    pub vault_id: Option<VaultId>,
    /// Which life of its database the server lives.
    pub server_epoch: ServerEpoch,
}

fields!(Session {
    account_id,
    device_id,
    vault_id,
    server_epoch
});

/// `POST /api/links`: a new one-time link for another device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLink {
    /// What to open on the other device.
    pub url: String,
    /// The token alone.
    pub token: String,
    /// Until when it can be used, Unix milliseconds.
    pub expires_at_ms: u64,
}

fields!(NewLink {
    url,
    token,
    expires_at_ms
});

/// `GET /api/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    /// Oldest first.
    pub devices: Vec<DeviceEntry>,
}

fields!(DeviceList { devices });

/// One device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEntry {
    /// The device.
    pub device_id: DeviceId,
    /// What its owner calls it.
    pub name: String,
    /// When it first signed in, Unix milliseconds.
    pub created_ms: u64,
    /// When it was last heard of, to the minute, Unix milliseconds.
    pub last_seen_ms: u64,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When another device signed it out, Unix milliseconds; absent if it was
    /// not, or has signed in again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<u64>,
}

fields!(DeviceEntry {
    device_id,
    name,
    created_ms,
    last_seen_ms,
    current,
    revoked_ms: optional
});

/// `GET /api/vault`, and the answer to `POST /api/vault`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultInfo {
    /// The vault.
    pub vault_id: VaultId,
    /// Its account.
    pub account_id: AccountId,
    /// Which life of its database the server lives.
    pub server_epoch: ServerEpoch,
    /// The crypto policy under which the vault seals.
    pub policy_version: PolicyVersion,
    /// How often the key slots have changed.
    pub slots_generation: Generation,
    /// The epoch of the vault's key, as the devices have told it.
    pub key_epoch: Epoch,
    /// The end of the vault's history.
    pub head: Head,
    /// What locks the vault for every device.
    #[serde(default)]
    pub lock: Option<VaultLock>,
    /// What the server must know to act.
    #[serde(default)]
    pub settings: VaultSettings,
}

fields!(VaultInfo {
    vault_id,
    account_id,
    server_epoch,
    policy_version,
    slots_generation,
    key_epoch,
    head,
    lock,
    settings: default,
});

/// `POST /api/vault`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateVaultRequest {
    /// The id that the client chose.
    pub vault_id: VaultId,
    /// The crypto policy under which the vault seals.
    pub policy_version: PolicyVersion,
    /// The authenticated list of key slots; the server cannot read it.
    pub slot_list: OpaqueBytes,
    /// 1.
    pub slots_generation: Generation,
}

fields!(CreateVaultRequest {
    vault_id,
    policy_version,
    slot_list,
    slots_generation
});

/// The list of key slots: `GET /api/vault/slots`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotList {
    /// The list's generation.
    pub slots_generation: Generation,
    /// The authenticated list of key slots; the server cannot read it.
    pub slot_list: OpaqueBytes,
}

fields!(SlotList {
    slots_generation,
    slot_list
});

/// `PUT /api/vault/slots`, and part of whatever else replaces the key slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceSlots {
    /// The current generation plus one.
    pub slots_generation: Generation,
    /// The authenticated list of key slots; the server cannot read it.
    pub slot_list: OpaqueBytes,
    /// The vault that is meant; absent for whichever the account has. Keeps a
    /// device that has missed a reset from writing into the vault after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_id: Option<VaultId>,
    /// The crypto policy under which the vault seals from now on; absent if it
    /// stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<PolicyVersion>,
}

fields!(ReplaceSlots {
    slots_generation,
    slot_list,
    vault_id: optional,
    policy_version: optional,
});

impl From<SlotList> for ReplaceSlots {
    fn from(slots: SlotList) -> Self {
        Self {
            slots_generation: slots.slots_generation,
            slot_list: slots.slot_list,
            vault_id: None,
            policy_version: None,
        }
    }
}

/// `POST /v1/sync/upload`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRequest {
    /// The vault.
    pub vault_id: VaultId,
    /// The session's device.
    pub device_id: DeviceId,
    /// Up to where the device knows the history.
    pub client_cursor: Cursor,
    /// The life of the database that the device knows.
    pub server_epoch: ServerEpoch,
    /// Encoded operations, in the order in which they are to be applied.
    pub changes: Vec<OpaqueBytes>,
}

fields!(UploadRequest {
    vault_id,
    device_id,
    client_cursor,
    server_epoch,
    changes
});

/// The answer to an upload, given after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadResponse {
    /// The head before this upload.
    pub previous: Head,
    /// The head's cursor after it.
    pub server_cursor: Cursor,
    /// The head's hash after it.
    #[serde(with = "hash_bytes")]
    pub server_hash: HistoryHash,
    /// Operations that are now in the history, also those that were before.
    pub applied: Vec<Applied>,
    /// Applied operations whose base was not their record's head.
    pub conflicts: Vec<Conflict>,
    /// Operations that are not in the history.
    pub refused: Vec<Refused>,
}

fields!(UploadResponse {
    previous,
    server_cursor,
    server_hash,
    applied,
    conflicts,
    refused
});

impl UploadResponse {
    /// The head after the upload.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head {
            cursor: self.server_cursor,
            hash: self.server_hash,
        }
    }
}

/// An operation that is in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The operation.
    pub op_id: OpId,
    /// Its place.
    pub cursor: Cursor,
}

fields!(Applied { op_id, cursor });

/// An applied operation that was made from a revision that is not the
/// record's newest. The client resolves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The operation.
    pub op_id: OpId,
    /// What was the record's newest revision before it; `None` if the server
    /// held none.
    pub head_op_id: Option<OpId>,
}

fields!(Conflict { op_id, head_op_id });

/// An operation that was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its place in the request's `changes`.
    pub index: u32,
    /// The operation, if its header could be read.
    pub op_id: Option<OpId>,
    /// Why.
    #[serde(with = "code_text")]
    pub code: Code,
}

fields!(Refused { index, op_id, code });

/// `POST /v1/sync/download`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadRequest {
    /// The vault.
    pub vault_id: VaultId,
    /// The session's device.
    pub device_id: DeviceId,
    /// Operations behind this place are wanted.
    pub since: Cursor,
    /// How many at most; absent for the server's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

fields!(DownloadRequest {
    vault_id,
    device_id,
    since,
    limit: optional
});

/// A page of the history: the answer to a download or a delta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadResponse {
    /// Which life of its database the server lives.
    pub server_epoch: ServerEpoch,
    /// The hash at `since`, as the server holds it.
    #[serde(with = "hash_bytes")]
    pub since_hash: HistoryHash,
    /// The head's cursor.
    pub server_cursor: Cursor,
    /// The end of this page.
    pub end: Head,
    /// The operations behind `since`, without a gap.
    pub changes: Vec<Accepted>,
    /// Whether more follow behind `end`.
    pub more: bool,
}

fields!(DownloadResponse {
    server_epoch,
    since_hash,
    server_cursor,
    end,
    changes,
    more
});

/// An operation with the place that the server says it has. Unverified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Its place.
    pub cursor: Cursor,
    /// The encoded operation.
    pub op: OpaqueBytes,
}

fields!(Accepted { cursor, op });

/// `GET /api/sync/poll`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollResponse {
    /// Which life of its database the server lives.
    pub server_epoch: ServerEpoch,
    /// The vault; another one than the device's after a reset.
    pub vault_id: VaultId,
    /// The end of the vault's history.
    pub head: Head,
    /// What locks the vault for every device.
    #[serde(default)]
    pub lock: Option<VaultLock>,
    /// When a recovery code was last used, Unix milliseconds of the server's
    /// clock.
    #[serde(default)]
    pub recovery_used_ms: Option<u64>,
    /// By which device.
    #[serde(default)]
    pub recovery_used_by: Option<DeviceId>,
    /// How often the key slots have changed.
    pub slots_generation: Generation,
    /// The epoch of the vault's key, as the devices have told it.
    pub key_epoch: Epoch,
    /// The crypto policy under which the vault seals.
    pub policy_version: PolicyVersion,
}

fields!(PollResponse {
    server_epoch,
    vault_id,
    head,
    lock,
    recovery_used_ms,
    recovery_used_by,
    slots_generation,
    key_epoch,
    policy_version,
});

/// An error (RFC 9457), always JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank`: the status says the kind, `code` the rest.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The meaning of the status.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// The stable code; see [`vault_types::Code`].
    pub code: String,
    /// The sentence for a person.
    pub detail: String,
    /// With `rotation_conflict`: what the server holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extent: Option<VaultExtent>,
}

fields!(Problem { type_uri as "type", title, status, code, detail, extent: optional });

impl Problem {
    /// The code, if this version knows it.
    #[must_use]
    pub fn known_code(&self) -> Option<Code> {
        Code::from_text(&self.code)
    }
}

/// A history hash as bytes in MessagePack and base64url text in JSON.
mod hash_bytes {
    use super::{Deserialize, Deserializer, HistoryHash, OpaqueBytes, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        hash: &HistoryHash,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        OpaqueBytes::new(hash.as_bytes().to_vec()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<HistoryHash, D::Error> {
        let bytes = OpaqueBytes::deserialize(deserializer)?;
        <[u8; 32]>::try_from(bytes.as_slice())
            .map(HistoryHash::from_bytes)
            .map_err(|_| serde::de::Error::invalid_length(bytes.len(), &"32 bytes"))
    }
}

/// A code as its text. One that this version does not know reads as
/// [`Code::NewerVersion`]: only a newer server says it.
mod code_text {
    use super::{Code, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(code.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Code, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Code::from_text(&text).unwrap_or(Code::NewerVersion))
    }
}
