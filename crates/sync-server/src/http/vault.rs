//! `/api/vault`, its key slots and settings, and its end.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::problem::Refusal;
use super::session::SignedIn;
use crate::clock::now_ms;
use crate::store::{NewVault, Store, VaultCreated, VaultRow};
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;
use sync_core::message::{
    CreateVaultRequest, RESET_WORDS, ReplaceSlots, ResetVaultRequest, SlotList, VaultInfo,
    VaultSettings,
};
use vault_types::{AccountId, Code, Generation, OpaqueBytes, limits};

pub(super) async fn vault<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
) -> Result<Answer<VaultInfo>, Refusal> {
    let account_id = who.session.account_id;
    let row = app.store.vault(account_id).await?.ok_or(Code::NoVault)?;
    Ok(Answer::ok(describe(&app, account_id, row), encoding))
}

pub(super) async fn create<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    Message { body: request, .. }: Message<CreateVaultRequest>,
) -> Result<Answer<VaultInfo>, Refusal> {
    check_slot_list(&request.slot_list)?;
    if request.vault_id.is_nil() || request.slots_generation != Generation(1) {
        return Err(Code::Malformed.into());
    }
    let account_id = who.session.account_id;
    let new = NewVault {
        vault_id: request.vault_id,
        policy_version: request.policy_version,
        slots: SlotList {
            slots_generation: request.slots_generation,
            slot_list: request.slot_list,
        },
        now_ms: now_ms(),
    };
    match app.store.create_vault(account_id, new).await? {
        VaultCreated::Exists => Err(Code::VaultExists.into()),
        VaultCreated::Created(row) => Ok(Answer {
            status: StatusCode::CREATED,
            message: describe(&app, account_id, row),
            encoding,
        }),
    }
}

pub(super) async fn slots<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
) -> Result<Answer<SlotList>, Refusal> {
    let slots = app.store.slots(who.session.account_id).await?;
    Ok(Answer::ok(slots.ok_or(Code::NoVault)?, encoding))
}

pub(super) async fn replace_slots<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Message { body: slots, .. }: Message<ReplaceSlots>,
) -> Result<StatusCode, Refusal> {
    check_slot_list(&slots.slot_list)?;
    let account_id = who.session.account_id;
    app.store.replace_slots(account_id, slots).await??;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn keep_settings<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Message { body: settings, .. }: Message<VaultSettings>,
) -> Result<StatusCode, Refusal> {
    let account_id = who.session.account_id;
    app.store.keep_settings(account_id, settings).await??;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn reset<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    Message { body: request, .. }: Message<ResetVaultRequest>,
) -> Result<StatusCode, Refusal> {
    if request.confirm != RESET_WORDS {
        return Err(Code::Malformed.into());
    }
    who.check_fresh(now_ms())?;
    let account_id = who.session.account_id;
    app.store
        .reset_vault(account_id, request.vault_id)
        .await??;
    tracing::warn!(
        account = %account_id,
        device = %who.session.device_id,
        vault = %request.vault_id,
        "vault destroyed"
    );
    Ok(StatusCode::NO_CONTENT)
}

/// That a list of key slots is one, as far as a server can tell.
pub(super) fn check_slot_list(slot_list: &OpaqueBytes) -> Result<(), Refusal> {
    if slot_list.is_empty() {
        return Err(Code::Malformed.into());
    }
    if slot_list.len() > limits::REQUEST_BYTES_MAX {
        return Err(Code::LimitExceeded.into());
    }
    Ok(())
}

fn describe<S: Store>(app: &App<S>, account_id: AccountId, row: VaultRow) -> VaultInfo {
    VaultInfo {
        vault_id: row.vault_id,
        account_id,
        server_epoch: app.store.server_epoch(),
        policy_version: row.policy_version,
        slots_generation: row.slots_generation,
        key_epoch: row.key_epoch,
        head: row.head,
        lock: row.lock,
        settings: row.settings,
    }
}
