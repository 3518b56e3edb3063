//! `/api/crypto-policy` and below.

use super::App;
use super::admin::Administrator;
use super::body::{Answer, Encoding, Message};
use super::problem::Refusal;
use crate::clock::now_ms;
use crate::policy;
use crate::store::{PolicyCreated, PolicyDeprecated, Store};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;
use sync_core::message::{CreatePolicyRequest, CryptoPolicies, PolicyDescription, PolicyList};
use vault_types::{Code, PolicyVersion};

pub(super) async fn current<S: Store>(
    State(app): State<Arc<App<S>>>,
    encoding: Encoding,
) -> Result<Answer<CryptoPolicies>, Refusal> {
    let policies = app.store.policies().await?;
    let current = policy::current(&policies).cloned();
    let current = current.ok_or(Code::ServerFailed)?;
    Ok(Answer::ok(CryptoPolicies { current }, encoding))
}

pub(super) async fn list<S: Store>(
    State(app): State<Arc<App<S>>>,
    encoding: Encoding,
) -> Result<Answer<PolicyList>, Refusal> {
    let list = policy::list(app.store.policies().await?);
    Ok(Answer::ok(list.ok_or(Code::ServerFailed)?, encoding))
}

pub(super) async fn by_version<S: Store>(
    State(app): State<Arc<App<S>>>,
    encoding: Encoding,
    Path(version): Path<String>,
) -> Result<Answer<PolicyDescription>, Refusal> {
    find(&app, parse(&version)?, encoding).await
}

pub(super) async fn create<S: Store>(
    State(app): State<Arc<App<S>>>,
    _administrator: Administrator,
    encoding: Encoding,
    Message { body: request, .. }: Message<CreatePolicyRequest>,
) -> Result<Answer<PolicyDescription>, Refusal> {
    if !policy::is_complete(&request) {
        return Err(Code::Malformed.into());
    }
    let version = request.version;
    match app.store.create_policy(request, now_ms()).await? {
        PolicyCreated::Exists => Err(Code::PolicyExists.into()),
        PolicyCreated::Created => {
            tracing::info!(version = version.0, "policy created");
            let mut answer = find(&app, version, encoding).await?;
            answer.status = StatusCode::CREATED;
            Ok(answer)
        }
    }
}

pub(super) async fn deprecate<S: Store>(
    State(app): State<Arc<App<S>>>,
    _administrator: Administrator,
    encoding: Encoding,
    Path(version): Path<String>,
) -> Result<Answer<PolicyDescription>, Refusal> {
    let version = parse(&version)?;
    match app.store.deprecate_policy(version, now_ms()).await? {
        PolicyDeprecated::Unknown => Err(Code::UnknownPolicy.into()),
        PolicyDeprecated::Last => Err(Code::LastPolicy.into()),
        PolicyDeprecated::Deprecated => {
            tracing::info!(version = version.0, "policy deprecated");
            find(&app, version, encoding).await
        }
    }
}

fn parse(version: &str) -> Result<PolicyVersion, Refusal> {
    let version = version.parse().map_err(|_| Code::UnknownPolicy)?;
    Ok(PolicyVersion(version))
}

async fn find<S: Store>(
    app: &App<S>,
    version: PolicyVersion,
    encoding: Encoding,
) -> Result<Answer<PolicyDescription>, Refusal> {
    let policies = app.store.policies().await?;
    let mut policies = policies.into_iter();
    let found = policies.find(|policy| policy.version == version);
    Ok(Answer::ok(found.ok_or(Code::UnknownPolicy)?, encoding))
}
