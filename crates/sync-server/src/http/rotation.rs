//! `/api/vault/rotation` and below.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::problem::Refusal;
use super::recovery::check_codes;
use super::session::SignedIn;
use super::vault::check_slot_list;
use crate::clock::now_ms;
use crate::store::{EndRotation, NewRotation, Store};
use crate::token::random_bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;
use sync_core::message::{BeginRotation, CommitRotation, RotationBegun};
use vault_types::{Code, RotationId};

pub(super) async fn begin<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Message { body: request, .. }: Message<BeginRotation>,
) -> Result<Answer<RotationBegun>, Refusal> {
    let random = random_bytes().map_err(|_| Code::ServerFailed)?;
    let new = NewRotation {
        account_id: who.session.account_id,
        rotation_id: RotationId::from_random(random),
        now_ms: now_ms(),
    };
    let begun = app.store.begin_rotation(new, request).await??;
    tracing::info!(account = %new.account_id, rotation = %begun.rotation_id, "rotation begun");
    Ok(Answer::ok(begun, encoding))
}

pub(super) async fn commit<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Path(id): Path<String>,
    Message { body: request, .. }: Message<CommitRotation>,
) -> Result<StatusCode, Refusal> {
    check_slot_list(&request.slots.slot_list)?;
    check_codes(&request.codes)?;
    let end = EndRotation {
        account_id: who.session.account_id,
        rotation_id: id.parse().map_err(|_| Code::RotationExpired)?,
        now_ms: now_ms(),
    };
    app.store.commit_rotation(end, request).await??;
    tracing::info!(account = %end.account_id, rotation = %end.rotation_id, "rotation committed");
    Ok(StatusCode::NO_CONTENT)
}
