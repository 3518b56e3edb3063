//! `/api/openapi.json`: every route of the list, for programs. What a person
//! should know beyond it stands in docs/PROTOCOL.md.
//!
//! Written here and not derived: half of the messages live in crates that are
//! compiled for browsers, where every derive costs bytes. The tests hold the
//! document against the route list and each answer against its schema.

mod schema;

use super::route::{Access, Contract, Method, Route, WhileLocked};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, header};
use schema::reference;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use sync_core::endpoint;
use vault_types::Code;

static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| Bytes::from(serde_json::to_vec(&document()).unwrap_or_default()));

/// Answers with the document.
pub(super) async fn serve() -> Response<Body> {
    let mut response = Response::new(Body::from(DOCUMENT.clone()));
    let json = HeaderValue::from_static(endpoint::JSON);
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in Route::ALL {
        let operations = paths.entry(route.path()).or_default();
        operations.insert(key(route.method()).to_owned(), operation(*route));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lockstep",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A server that keeps and orders what devices seal, and cannot read \
                it. docs/PROTOCOL.md is normative. The bodies are JSON here; the same messages \
                may be sent and asked for as application/msgpack.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" }
        },
        "paths": paths,
        "components": { "schemas": schema::all(), "securitySchemes": schemes() }
    })
}

fn schemes() -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": "lockstep_session",
            "description": "A device that signed in by POST /api/session."
        },
        "api_key": {
            "type": "http", "scheme": "bearer",
            "description": "A key of POST /api/api-keys or `lockstep-server api-key create`."
        },
        "administrator": {
            "type": "http", "scheme": "bearer",
            "description": "The token of `lockstep-server admin-token`."
        }
    })
}

const fn key(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Delete => "delete",
    }
}

fn operation(route: Route) -> Value {
    let contract = route.contract();
    let mut responses = refusals(&codes(route, contract));
    let mut success = json!({ "description": "Done." });
    if let Some(name) = contract.answer {
        success["content"] = json!({ endpoint::JSON: { "schema": reference(name) } });
    }
    responses.insert(contract.status.to_string(), success);
    let mut operation = json!({
        "operationId": format!("{route:?}"),
        "summary": contract.summary,
        "security": security(route.access()),
        "parameters": parameters(route),
        "responses": responses,
    });
    if let Some(name) = contract.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { endpoint::JSON: { "schema": reference(name) } }
        });
    }
    operation
}

fn security(access: Access) -> Value {
    match access {
        Access::Open => json!([]),
        Access::Session => json!([{ "session": [] }]),
        Access::SessionOrKey => json!([{ "session": [] }, { "api_key": [] }]),
        Access::Administrator => json!([{ "administrator": [] }]),
    }
}

fn parameters(route: Route) -> Vec<Value> {
    let path = route.path();
    let mut parameters = Vec::new();
    for (name, schema) in [
        ("id", schema::id()),
        ("version", schema::number(u64::from(u16::MAX))),
    ] {
        if path.contains(&format!("{{{name}}}")) {
            parameters
                .push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
        }
    }
    if route == Route::Delta {
        for (name, required, max) in [("since", true, u64::MAX), ("limit", false, LIMIT_MAX)] {
            parameters.push(json!({
                "name": name, "in": "query", "required": required, "schema": schema::number(max)
            }));
        }
    }
    parameters
}

/// What a page's `limit` may say; it is cut to the server's own.
const LIMIT_MAX: u64 = u32::MAX as u64;

/// Every refusal that a route may answer with.
fn codes(route: Route, contract: Contract) -> Vec<(u16, Code)> {
    let mut codes = own_codes(route).to_vec();
    codes.extend([
        (400, Code::Malformed),
        (429, Code::SlowDown),
        (500, Code::ServerFailed),
        (503, Code::ServerFailed),
        (503, Code::SlowDown),
        (507, Code::ServerFailed),
    ]);
    if route.method() != Method::Get {
        codes.push((403, Code::ForeignOrigin));
    }
    if contract.body.is_some() {
        codes.extend([
            (408, Code::Malformed),
            (413, Code::TooLarge),
            (413, Code::LimitExceeded),
            (415, Code::UnsupportedMedia),
        ]);
    }
    match route.access() {
        Access::Open => {}
        Access::Session | Access::SessionOrKey => codes.extend([
            (401, Code::SignedOut),
            (401, Code::DeviceRevoked),
            (401, Code::ApiKeyRefused),
        ]),
        Access::Administrator => {
            codes.extend([(401, Code::NotAdministrator), (403, Code::NotAdministrator)])
        }
    }
    if route.access() == Access::Session {
        codes.push((403, Code::NotForApiKeys));
    }
    if route.while_locked() == WhileLocked::Refused {
        codes.push((423, Code::VaultLocked));
    }
    codes
}

const NO_VAULT: (u16, Code) = (404, Code::NoVault);
const UNKNOWN_VAULT: (u16, Code) = (404, Code::UnknownVault);
const SLOTS_CONFLICT: (u16, Code) = (409, Code::SlotsConflict);
const UNKNOWN_CODE: (u16, Code) = (404, Code::UnknownRecoveryCode);
const WRONG_DEVICE: (u16, Code) = (403, Code::WrongDevice);

/// The refusals that are a route's own.
const fn own_codes(route: Route) -> &'static [(u16, Code)] {
    match route {
        Route::SignIn => &[(403, Code::LinkInvalid), (409, Code::TooManyDevices)],
        Route::RenameDevice | Route::RevokeDevice => &[(404, Code::UnknownDevice)],
        Route::CreateApiKey => &[(409, Code::TooManyApiKeys)],
        Route::RevokeApiKey => &[(404, Code::UnknownApiKey)],
        Route::NewLink => &[(409, Code::TooManyLinks)],
        Route::Vault | Route::Slots | Route::KeepSettings | Route::Poll => &[NO_VAULT],
        Route::LockVault | Route::RecoveryCodes => &[NO_VAULT],
        Route::Socket => &[NO_VAULT, (403, Code::ForeignOrigin)],
        Route::CreateVault => &[(409, Code::VaultExists)],
        Route::ReplaceSlots | Route::ReplaceRecoveryCodes => {
            &[NO_VAULT, UNKNOWN_VAULT, SLOTS_CONFLICT]
        }
        Route::RevokeRecoveryCodes | Route::RevokeRecoveryCode => {
            &[NO_VAULT, UNKNOWN_VAULT, UNKNOWN_CODE, SLOTS_CONFLICT]
        }
        Route::ResetVault => &[NO_VAULT, UNKNOWN_VAULT, (403, Code::SignInAgain)],
        Route::UnlockVault => &[
            NO_VAULT,
            (423, Code::VaultLocked),
            (423, Code::LockedByServer),
        ],
        Route::ValidateRecoveryCode => &[NO_VAULT, (403, Code::RecoveryCodeRefused)],
        Route::BeginRotation => &[NO_VAULT, (409, Code::RotationConflict)],
        Route::CommitRotation => &[
            NO_VAULT,
            UNKNOWN_VAULT,
            SLOTS_CONFLICT,
            (409, Code::RotationExpired),
        ],
        Route::Policy => &[(404, Code::UnknownPolicy)],
        Route::CreatePolicy => &[(409, Code::PolicyExists)],
        Route::DeprecatePolicy => &[(404, Code::UnknownPolicy), (409, Code::LastPolicy)],
        Route::Delta => &[NO_VAULT, UNKNOWN_VAULT, (409, Code::CursorAhead)],
        Route::Upload => &[UNKNOWN_VAULT, WRONG_DEVICE, (409, Code::ServerReset)],
        Route::Download => &[UNKNOWN_VAULT, WRONG_DEVICE, (409, Code::CursorAhead)],
        _ => &[],
    }
}

fn refusals(codes: &[(u16, Code)]) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (status, code) in codes {
        let names = by_status.entry(*status).or_default();
        if !names.contains(&code.as_str()) {
            names.push(code.as_str());
        }
    }
    let describe = |(status, names): (u16, Vec<&str>)| {
        let content = json!({ endpoint::PROBLEM: { "schema": {
            "allOf": [reference("Problem")],
            "properties": { "code": { "enum": names } }
        } } });
        let refusal = json!({ "description": names.join(", "), "content": content });
        (status.to_string(), refusal)
    };
    by_status.into_iter().map(describe).collect()
}
