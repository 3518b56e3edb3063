//! Errors, sessions, devices, links, and what the server says of itself.

use super::{Named, flag, id, list_of, made_id, object, or_null, reference, text, time, words};
use serde_json::{Value, json};
use vault_types::limits;

/// Of a link that is sent back; beyond it no token is that long.
const LINK_CHARS_MAX: usize = 4096;

/// A name that can be seen.
fn name() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": limits::DEVICE_NAME_BYTES_MAX,
        "pattern": "\\S"
    })
}

pub(super) fn schemas() -> Vec<Named> {
    vec![
        (
            "Problem",
            object(
                [
                    ("type", words()),
                    ("title", words()),
                    (
                        "status",
                        json!({ "type": "integer", "minimum": 400, "maximum": 599 }),
                    ),
                    ("code", words()),
                    ("detail", words()),
                ],
                [("extent", reference("VaultExtent"))],
            ),
        ),
        ("Status", object([("status", json!({ "const": "ok" }))], [])),
        (
            "Document",
            object(
                [("openapi", words()), ("paths", json!({ "type": "object" }))],
                [],
            ),
        ),
        (
            "SignInRequest",
            object(
                [
                    ("link", text(LINK_CHARS_MAX)),
                    ("device_id", made_id()),
                    ("device_name", text(limits::DEVICE_NAME_BYTES_MAX)),
                ],
                [],
            ),
        ),
        (
            "Session",
            object(
                [
                    ("account_id", id()),
                    ("device_id", id()),
                    ("vault_id", or_null(id())),
                    ("server_epoch", id()),
                ],
                [],
            ),
        ),
        (
            "NewLink",
            object(
                [
                    ("url", words()),
                    ("token", words()),
                    ("expires_at_ms", time()),
                ],
                [],
            ),
        ),
        (
            "DeviceList",
            object([("devices", list_of(reference("DeviceEntry")))], []),
        ),
        (
            "DeviceEntry",
            object(
                [
                    ("device_id", id()),
                    ("name", words()),
                    ("created_ms", time()),
                    ("last_seen_ms", time()),
                    ("current", flag()),
                ],
                [("revoked_ms", time())],
            ),
        ),
        ("RenameDevice", object([("name", name())], [])),
        (
            "ApiKeyList",
            object([("keys", list_of(reference("ApiKeyEntry")))], []),
        ),
        (
            "ApiKeyEntry",
            object(
                [
                    ("device_id", id()),
                    ("name", words()),
                    ("created_ms", time()),
                    ("last_used_ms", or_null(time())),
                ],
                [],
            ),
        ),
        ("CreateApiKey", object([("name", name())], [])),
        (
            "NewApiKey",
            object([("device_id", id()), ("token", words())], []),
        ),
    ]
}
