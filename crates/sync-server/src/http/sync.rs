//! `/v1/sync/*`, `/api/sync/*`, `/health`, `/ready`.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::caller::Caller;
use super::problem::Refusal;
use crate::clock::now_ms;
use crate::store::{Page, PageQuery, Store, Upload, VaultRow};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use sync_core::message::{
    DownloadRequest, DownloadResponse, PollResponse, UploadRequest, UploadResponse,
};
use vault_types::{Code, Cursor, OpaqueBytes, ServerEpoch, VaultId, fields, limits};

pub(super) async fn upload<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: Caller,
    encoding: Encoding,
    Message {
        body: request,
        turn: _turn,
    }: Message<UploadRequest>,
) -> Result<Answer<UploadResponse>, Refusal> {
    who.check_device(request.device_id)?;
    if request.server_epoch != app.store.server_epoch() {
        return Err(Code::ServerReset.into());
    }
    let bytes: usize = request.changes.iter().map(OpaqueBytes::len).sum();
    if request.changes.len() > limits::BATCH_OPS_MAX || bytes > limits::BATCH_BYTES_MAX {
        return Err(Code::LimitExceeded.into());
    }
    let upload = Upload {
        account_id: who.member.account_id,
        vault_id: request.vault_id,
        device_id: request.device_id,
        now_ms: now_ms(),
        changes: request.changes,
    };
    let response = app.store.upload(upload).await??;
    tracing::info!(
        vault = %request.vault_id,
        cursor = response.server_cursor.0,
        applied = response.applied.len(),
        conflicts = response.conflicts.len(),
        refused = response.refused.len(),
        "uploaded"
    );
    Ok(Answer::ok(response, encoding))
}

pub(super) async fn download<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: Caller,
    encoding: Encoding,
    Message { body: request, .. }: Message<DownloadRequest>,
) -> Result<Answer<DownloadResponse>, Refusal> {
    who.check_device(request.device_id)?;
    let range = Range {
        since: request.since,
        limit: request.limit,
    };
    page(&app, &who, request.vault_id, range, encoding).await
}

/// What follows the `?` of a delta.
#[derive(Deserialize)]
pub(super) struct Range {
    since: Cursor,
    limit: Option<u32>,
}

pub(super) async fn delta<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: Caller,
    encoding: Encoding,
    range: Result<Query<Range>, QueryRejection>,
) -> Result<Answer<DownloadResponse>, Refusal> {
    let Query(range) = range.map_err(|_| Code::Malformed)?;
    let vault = app.store.vault(who.member.account_id).await?;
    let vault_id = vault.ok_or(Code::NoVault)?.vault_id;
    page(&app, &who, vault_id, range, encoding).await
}

async fn page<S: Store>(
    app: &App<S>,
    who: &Caller,
    vault_id: VaultId,
    range: Range,
    encoding: Encoding,
) -> Result<Answer<DownloadResponse>, Refusal> {
    let wanted = range
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(limits::BATCH_OPS_MAX);
    let query = PageQuery {
        account_id: who.member.account_id,
        vault_id,
        since: range.since,
        ops_max: wanted.clamp(1, limits::BATCH_OPS_MAX),
        bytes_max: limits::BATCH_BYTES_MAX,
    };
    match app.store.page(query).await? {
        Page::Found(page) => Ok(Answer::ok(page, encoding)),
        Page::UnknownVault => Err(Code::UnknownVault.into()),
        Page::CursorAhead => Err(Code::CursorAhead.into()),
    }
}

pub(super) async fn poll<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: Caller,
    encoding: Encoding,
) -> Result<Answer<PollResponse>, Refusal> {
    let vault = app.store.vault(who.member.account_id).await?;
    let vault = vault.ok_or(Code::NoVault)?;
    let response = poll_response(app.store.server_epoch(), vault);
    Ok(Answer::ok(response, encoding))
}

/// What a poll answers, and a socket tells.
pub(super) fn poll_response(server_epoch: ServerEpoch, vault: VaultRow) -> PollResponse {
    PollResponse {
        server_epoch,
        head: vault.head,
        vault_id: vault.vault_id,
        lock: vault.lock,
        recovery_used_ms: vault.recovery_used.map(|used| used.used_ms),
        recovery_used_by: vault.recovery_used.map(|used| used.device_id),
        slots_generation: vault.slots_generation,
        key_epoch: vault.key_epoch,
        policy_version: vault.policy_version,
    }
}

/// Whether the server is well.
#[derive(Serialize)]
pub(super) struct Status {
    status: &'static str,
}

fields!(write Status { status });

const WELL: Status = Status { status: "ok" };

pub(super) async fn health() -> Answer<Status> {
    Answer::ok(WELL, Encoding::Json)
}

pub(super) async fn ready<S: Store>(
    State(app): State<Arc<App<S>>>,
) -> Result<Answer<Status>, Refusal> {
    let unavailable = |_| Refusal::with_status(Code::ServerFailed, StatusCode::SERVICE_UNAVAILABLE);
    app.store.check().await.map_err(unavailable)?;
    Ok(Answer::ok(WELL, Encoding::Json))
}
