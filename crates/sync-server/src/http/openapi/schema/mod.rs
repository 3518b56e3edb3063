//! The schemas of the messages: what `sync_core::message` says, with the
//! limits of `vault_types::limits`.

mod account;
mod keys;
mod sync;

use serde_json::{Map, Value, json};

/// A schema and its name.
type Named = (&'static str, Value);

/// Every schema by its name.
pub(super) fn all() -> Map<String, Value> {
    let all = account::schemas()
        .into_iter()
        .chain(keys::schemas())
        .chain(sync::schemas());
    all.map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// Where a schema stands in the document.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An id, as the server reads it.
pub(super) fn id() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    })
}

/// An id that a client makes: a UUID of version 4 or 7, and so not nil.
fn made_id() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    })
}

/// A whole number from 0.
pub(super) fn number(max: u64) -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": max })
}

/// A whole number from 0 that 64 bits hold.
fn count() -> Value {
    number(u64::MAX)
}

/// Unix milliseconds.
fn time() -> Value {
    json!({
        "type": "integer", "minimum": 0, "maximum": u64::MAX,
        "description": "Unix milliseconds of the server's clock."
    })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A text. JSON Schema counts characters where the server counts bytes: one of
/// so many characters may still be `limit_exceeded`.
fn text(bytes_max: usize) -> Value {
    json!({ "type": "string", "maxLength": bytes_max })
}

fn words() -> Value {
    json!({ "type": "string" })
}

/// Bytes as unpadded base64url, without bits behind their end.
fn bytes(min: usize, max: usize) -> Value {
    json!({
        "type": "string",
        "pattern": "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$",
        "minLength": base64_len(min),
        "maxLength": base64_len(max),
        "contentEncoding": "base64url"
    })
}

const fn base64_len(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Thirty-two bytes.
fn hash() -> Value {
    json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$",
        "contentEncoding": "base64url"
    })
}

fn list(items: Value, max: usize) -> Value {
    json!({ "type": "array", "items": items, "maxItems": max })
}

fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// A message: which of its fields must be there, and which may be.
fn object<const R: usize, const O: usize>(
    required: [(&str, Value); R],
    optional: [(&str, Value); O],
) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let fields = required.into_iter().chain(optional);
    let fields: Map<String, Value> = fields
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect();
    json!({ "type": "object", "required": names, "properties": fields })
}
