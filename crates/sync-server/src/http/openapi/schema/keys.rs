//! The vault, its key slots and locks, recovery codes, rotation, policies.

use super::{
    Named, bytes, count, flag, hash, id, list, list_of, made_id, number, object, or_null,
    reference, text, time, words,
};
use serde_json::{Value, json};
use sync_core::message::RESET_WORDS;
use vault_types::{LockReason, limits};

/// Random bytes of a try of a recovery code.
const ATTEMPT_BYTES_MAX: usize = 32;

pub(super) fn schemas() -> Vec<Named> {
    [vaults(), locks(), recovery(), policies()].concat()
}

fn slot_list() -> Value {
    bytes(1, limits::REQUEST_BYTES_MAX)
}

fn policy_version() -> Value {
    number(u64::from(u16::MAX))
}

fn epoch() -> Value {
    number(u64::from(u32::MAX))
}

fn vaults() -> Vec<Named> {
    let info = object(
        [
            ("vault_id", id()),
            ("account_id", id()),
            ("server_epoch", id()),
            ("policy_version", policy_version()),
            ("slots_generation", count()),
            ("key_epoch", epoch()),
            ("head", reference("Head")),
            ("lock", or_null(reference("VaultLock"))),
            ("settings", reference("VaultSettings")),
        ],
        [],
    );
    let create = object(
        [
            ("vault_id", made_id()),
            ("policy_version", policy_version()),
            ("slot_list", slot_list()),
            ("slots_generation", json!({ "const": 1 })),
        ],
        [],
    );
    let slots = object(
        [
            ("slots_generation", count()),
            ("slot_list", bytes(1, limits::REQUEST_BYTES_MAX)),
        ],
        [],
    );
    let replace = object(
        [("slots_generation", count()), ("slot_list", slot_list())],
        [
            ("vault_id", or_null(id())),
            ("policy_version", or_null(policy_version())),
        ],
    );
    let reset = object(
        [
            ("vault_id", id()),
            ("confirm", json!({ "const": RESET_WORDS })),
        ],
        [],
    );
    vec![
        ("VaultInfo", info),
        ("CreateVaultRequest", create),
        ("SlotList", slots),
        ("ReplaceSlots", replace),
        ("VaultSettings", object([("strict", flag())], [])),
        ("ResetVaultRequest", reset),
    ]
}

fn locks() -> Vec<Named> {
    let reasons: Vec<&str> = LockReason::ALL.iter().map(|reason| reason.name()).collect();
    let statement = || bytes(0, limits::LOCK_STATEMENT_BYTES_MAX);
    let lock = object(
        [
            ("locked_at_ms", time()),
            ("reason", json!({ "enum": reasons })),
            ("enforce_tier", json!({ "enum": ["device", "vault"] })),
            ("by", json!({ "enum": ["device", "server"] })),
            ("device_id", or_null(id())),
            ("statement", or_null(statement())),
        ],
        [],
    );
    let request = object(
        [
            ("reason", json!({ "enum": reasons })),
            ("enforce_tier", json!({ "const": "vault" })),
            ("statement", statement()),
        ],
        [],
    );
    vec![
        ("VaultLock", lock),
        ("LockVaultRequest", request),
        (
            "UnlockVaultRequest",
            object([], [("locked_at_ms", or_null(time()))]),
        ),
        (
            "LogoutEverywhereRequest",
            object([], [("statement", or_null(statement()))]),
        ),
    ]
}

fn recovery() -> Vec<Named> {
    let entry = object(
        [
            ("credential_id", id()),
            ("label", words()),
            ("created_ms", time()),
            ("used_ms", or_null(time())),
            ("used_by_device", or_null(id())),
            ("revoked_ms", or_null(time())),
        ],
        [],
    );
    let new = object(
        [
            ("credential_id", made_id()),
            ("label", text(limits::RECOVERY_LABEL_BYTES_MAX)),
            ("verifier_hash", hash()),
        ],
        [],
    );
    let codes = || list(reference("NewRecoveryCode"), limits::RECOVERY_CODES_MAX);
    let validate = object(
        [("verifier", hash())],
        [
            ("credential_id", or_null(id())),
            ("attempt_id", or_null(bytes(1, ATTEMPT_BYTES_MAX))),
        ],
    );
    let slots = || reference("ReplaceSlots");
    let begin = object(
        [
            ("from_epoch", epoch()),
            ("to_epoch", epoch()),
            ("record_count", count()),
            ("head", reference("Head")),
        ],
        [],
    );
    let extent = object(
        [
            ("key_epoch", epoch()),
            ("record_count", count()),
            ("head", reference("Head")),
        ],
        [],
    );
    vec![
        ("RecoveryCodeEntry", entry),
        (
            "RecoveryCodeList",
            object([("codes", list_of(reference("RecoveryCodeEntry")))], []),
        ),
        ("NewRecoveryCode", new),
        (
            "ReplaceRecoveryCodes",
            object([("codes", codes()), ("slots", slots())], []),
        ),
        ("RevokeRecoveryCodes", object([("slots", slots())], [])),
        ("ValidateRecoveryCode", validate),
        (
            "ValidatedRecoveryCode",
            object(
                [("credential_id", id()), ("slots", reference("SlotList"))],
                [],
            ),
        ),
        ("BeginRotation", begin),
        (
            "RotationBegun",
            object([("rotation_id", id()), ("expires_at_ms", time())], []),
        ),
        ("VaultExtent", extent),
        (
            "CommitRotation",
            object([("slots", slots()), ("codes", codes())], []),
        ),
    ]
}

fn policies() -> Vec<Named> {
    let description = object(
        [
            ("version", policy_version()),
            ("aead", words()),
            ("kdf", words()),
            ("kdf_iterations", number(u64::from(u32::MAX))),
            ("created_ms", time()),
        ],
        [
            ("kdf_memory_kib", number(u64::from(u32::MAX))),
            ("kdf_lanes", number(u64::from(u32::MAX))),
            ("deprecated_ms", time()),
        ],
    );
    let positive = json!({ "type": "integer", "minimum": 1, "maximum": u32::MAX });
    let version = json!({ "type": "integer", "minimum": 1, "maximum": u16::MAX });
    let aead = json!({ "enum": ["AES-256-GCM", "XChaCha20-Poly1305"] });
    let none = json!({ "type": "null" });
    let pbkdf2 = object(
        [
            ("version", version.clone()),
            ("aead", aead.clone()),
            ("kdf", json!({ "const": "PBKDF2-HMAC-SHA256" })),
            ("kdf_iterations", positive.clone()),
        ],
        [("kdf_memory_kib", none.clone()), ("kdf_lanes", none)],
    );
    let argon2id = object(
        [
            ("version", version),
            ("aead", aead),
            ("kdf", json!({ "const": "Argon2id" })),
            ("kdf_iterations", positive.clone()),
            ("kdf_memory_kib", positive.clone()),
            ("kdf_lanes", positive),
        ],
        [],
    );
    vec![
        ("PolicyDescription", description),
        (
            "CreatePolicyRequest",
            json!({ "oneOf": [pbkdf2, argon2id] }),
        ),
        (
            "CryptoPolicies",
            object([("current", reference("PolicyDescription"))], []),
        ),
        (
            "PolicyList",
            object(
                [
                    ("current", policy_version()),
                    ("policies", list_of(reference("PolicyDescription"))),
                ],
                [],
            ),
        ),
    ]
}
