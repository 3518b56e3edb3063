//! `/api/api-keys`: keys for programs, which a signed-in device manages.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::devices::{check_name, done, member};
use super::problem::Refusal;
use super::session::SignedIn;
use crate::api_key;
use crate::store::Store;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;
use sync_core::message::{ApiKeyEntry, ApiKeyList, CreateApiKey, NewApiKey};
use vault_types::Code;

pub(super) async fn list<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
) -> Result<Answer<ApiKeyList>, Refusal> {
    let rows = app.store.api_keys(who.session.account_id).await?;
    let keys = rows.into_iter().map(|row| ApiKeyEntry {
        device_id: row.device_id,
        name: row.name,
        created_ms: row.created_ms,
        last_used_ms: row.last_used_ms,
    });
    let keys = keys.collect();
    Ok(Answer::ok(ApiKeyList { keys }, encoding))
}

pub(super) async fn create<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Message { body: request, .. }: Message<CreateApiKey>,
) -> Result<Answer<NewApiKey>, Refusal> {
    check_name(&request.name)?;
    let account_id = who.session.account_id;
    let key = api_key::make(&app.store, account_id, request.name).await?;
    let key = key.ok_or(Code::TooManyApiKeys)?;
    tracing::info!(account = %account_id, key = %key.device_id, "API key made");
    Ok(Answer {
        status: StatusCode::CREATED,
        message: key,
        encoding,
    })
}

pub(super) async fn revoke<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let key = member(&who, &id, Code::UnknownApiKey)?;
    let changed = app.store.revoke_api_key(key).await?;
    tracing::info!(account = %key.account_id, key = %key.device_id, "API key revoked");
    done(changed, Code::UnknownApiKey)
}
