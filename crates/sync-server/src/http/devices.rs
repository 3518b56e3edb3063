//! `/api/devices/{id}`: renaming a device and signing it out.

use super::App;
use super::body::Message;
use super::problem::Refusal;
use super::session::SignedIn;
use crate::api_key::is_name;
use crate::clock::now_ms;
use crate::store::{Found, Member, Store};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;
use sync_core::message::RenameDevice;
use vault_types::{Code, limits};

pub(super) async fn rename<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Path(id): Path<String>,
    Message { body: request, .. }: Message<RenameDevice>,
) -> Result<StatusCode, Refusal> {
    check_name(&request.name)?;
    let device = member(&who, &id, Code::UnknownDevice)?;
    let changed = app.store.rename_device(device, request.name).await?;
    done(changed, Code::UnknownDevice)
}

pub(super) async fn revoke<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let device = member(&who, &id, Code::UnknownDevice)?;
    let changed = app.store.revoke_device(device, now_ms()).await?;
    if changed == Found::Done {
        tracing::warn!(
            account = %device.account_id,
            device = %device.device_id,
            by = %who.session.device_id,
            "device signed out by another"
        );
    }
    done(changed, Code::UnknownDevice)
}

/// That a device or a key may be called so.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.len() > limits::DEVICE_NAME_BYTES_MAX {
        return Err(Code::LimitExceeded.into());
    }
    if is_name(name) {
        Ok(())
    } else {
        Err(Code::Malformed.into())
    }
}

/// What an address names, of the account that asks.
pub(super) fn member(who: &SignedIn, id: &str, unknown: Code) -> Result<Member, Refusal> {
    Ok(Member {
        account_id: who.session.account_id,
        device_id: id.parse().map_err(|_| unknown)?,
    })
}

/// Answers a change of what an address names.
pub(super) fn done(changed: Found, unknown: Code) -> Result<StatusCode, Refusal> {
    match changed {
        Found::Done => Ok(StatusCode::NO_CONTENT),
        Found::Unknown => Err(unknown.into()),
    }
}
