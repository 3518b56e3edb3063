//! `/api/vault/lock`, `/api/vault/unlock`, `/api/session/logout-everywhere`.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::problem::Refusal;
use super::session::{SignedIn, ended_cookie};
use super::sign_in::with_cookie;
use crate::clock::now_ms;
use crate::store::{LogoutEverywhere, NewLock, Store, Unlock};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use sync_core::Unlocker;
use sync_core::message::{
    LockVaultRequest, LockedBy, LogoutEverywhereRequest, UnlockVaultRequest, VaultLock,
};
use vault_types::{Code, LockReason, LockTier, OpaqueBytes, limits};

pub(super) async fn lock_vault<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Message { body: request, .. }: Message<LockVaultRequest>,
) -> Result<Answer<VaultLock>, Refusal> {
    if request.enforce_tier != LockTier::Vault {
        return Err(Code::Malformed.into());
    }
    let account_id = who.session.account_id;
    let lock = devices_lock(&who, request.reason, Some(request.statement))?;
    let lock = app.store.lock_vault(NewLock { account_id, lock }).await??;
    tracing::info!(
        account = %account_id,
        device = %who.session.device_id,
        reason = lock.reason.name(),
        "locked"
    );
    Ok(Answer::ok(lock, encoding))
}

pub(super) async fn unlock_vault<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Message { body: request, .. }: Message<UnlockVaultRequest>,
) -> Result<StatusCode, Refusal> {
    let account_id = who.session.account_id;
    let unlock = Unlock {
        account_id,
        unlocker: Unlocker::Device,
        locked_at_ms: request.locked_at_ms,
    };
    app.store.unlock_vault(unlock).await??;
    tracing::info!(account = %account_id, device = %who.session.device_id, "unlocked");
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn logout_everywhere<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Message { body: request, .. }: Message<LogoutEverywhereRequest>,
) -> Result<Response, Refusal> {
    let account_id = who.session.account_id;
    let lock = devices_lock(&who, LockReason::Logout, request.statement)?;
    let logout = LogoutEverywhere { account_id, lock };
    app.store.logout_everywhere(logout).await?;
    tracing::info!(account = %account_id, device = %who.session.device_id, "signed out everywhere");
    Ok(with_cookie(
        StatusCode::NO_CONTENT,
        ended_cookie(&app.public_url),
    ))
}

fn devices_lock(
    who: &SignedIn,
    reason: LockReason,
    statement: Option<OpaqueBytes>,
) -> Result<VaultLock, Refusal> {
    let len = statement.as_ref().map_or(0, OpaqueBytes::len);
    if len > limits::LOCK_STATEMENT_BYTES_MAX {
        return Err(Code::LimitExceeded.into());
    }
    Ok(VaultLock {
        locked_at_ms: now_ms(),
        reason,
        enforce_tier: LockTier::Vault,
        by: LockedBy::Device,
        device_id: Some(who.session.device_id),
        statement,
    })
}
