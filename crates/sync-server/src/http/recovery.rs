//! `/api/vault/recovery-codes` and below.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::problem::Refusal;
use super::session::SignedIn;
use super::vault::check_slot_list;
use crate::clock::now_ms;
use crate::store::{CodeTry, Revoked, Store};
use axum::extract::{Path, State};
use std::collections::BTreeSet;
use std::sync::Arc;
use sync_core::message::{
    NewRecoveryCode, RecoveryCodeList, ReplaceRecoveryCodes, RevokeRecoveryCodes,
    ValidateRecoveryCode, ValidatedRecoveryCode,
};
use vault_types::{Code, OpaqueBytes, limits};

/// Random bytes of a try.
const ATTEMPT_BYTES_MAX: usize = 32;

pub(super) async fn list<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
) -> Result<Answer<RecoveryCodeList>, Refusal> {
    let codes = app.store.recovery_codes(who.session.account_id).await??;
    Ok(Answer::ok(codes, encoding))
}

pub(super) async fn replace<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Message { body: request, .. }: Message<ReplaceRecoveryCodes>,
) -> Result<Answer<RecoveryCodeList>, Refusal> {
    check_slot_list(&request.slots.slot_list)?;
    check_codes(&request.codes)?;
    let account_id = who.session.account_id;
    let codes = app
        .store
        .replace_recovery_codes(account_id, request, now_ms())
        .await??;
    tracing::info!(account = %account_id, codes = codes.codes.len(), "recovery codes replaced");
    Ok(Answer::ok(codes, encoding))
}

/// That codes are as many, as long and as different as they may be.
pub(super) fn check_codes(codes: &[NewRecoveryCode]) -> Result<(), Refusal> {
    let too_long = |code: &NewRecoveryCode| code.label.len() > limits::RECOVERY_LABEL_BYTES_MAX;
    if codes.len() > limits::RECOVERY_CODES_MAX || codes.iter().any(too_long) {
        return Err(Code::LimitExceeded.into());
    }
    let ids: BTreeSet<_> = codes.iter().map(|code| code.credential_id).collect();
    if ids.len() < codes.len() || ids.iter().any(|id| id.is_nil()) {
        return Err(Code::Malformed.into());
    }
    Ok(())
}

pub(super) async fn validate<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Message { body: request, .. }: Message<ValidateRecoveryCode>,
) -> Result<Answer<ValidatedRecoveryCode>, Refusal> {
    let attempt_len = request.attempt_id.as_ref().map(OpaqueBytes::len);
    if attempt_len.is_some_and(|len| !(1..=ATTEMPT_BYTES_MAX).contains(&len)) {
        return Err(Code::Malformed.into());
    }
    let code_try = CodeTry {
        account_id: who.session.account_id,
        device_id: who.session.device_id,
        now_ms: now_ms(),
    };
    let outcome = app.store.validate_recovery_code(code_try, request).await?;
    tracing::info!(
        account = %code_try.account_id,
        device = %code_try.device_id,
        valid = outcome.is_ok(),
        "recovery code tried"
    );
    Ok(Answer::ok(outcome?, encoding))
}

pub(super) async fn revoke_all<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    message: Message<RevokeRecoveryCodes>,
) -> Result<Answer<RecoveryCodeList>, Refusal> {
    revoke(&app, &who, Revoked::All, message, encoding).await
}

pub(super) async fn revoke_one<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Path(id): Path<String>,
    message: Message<RevokeRecoveryCodes>,
) -> Result<Answer<RecoveryCodeList>, Refusal> {
    let id = id.parse().map_err(|_| Code::UnknownRecoveryCode)?;
    revoke(&app, &who, Revoked::One(id), message, encoding).await
}

async fn revoke<S: Store>(
    app: &App<S>,
    who: &SignedIn,
    revoked: Revoked,
    Message { body: request, .. }: Message<RevokeRecoveryCodes>,
    encoding: Encoding,
) -> Result<Answer<RecoveryCodeList>, Refusal> {
    check_slot_list(&request.slots.slot_list)?;
    let account_id = who.session.account_id;
    let codes = app
        .store
        .revoke_recovery_codes(account_id, revoked, request.slots, now_ms())
        .await??;
    tracing::info!(account = %account_id, "recovery codes revoked");
    Ok(Answer::ok(codes, encoding))
}
