//! `/api/session`, `/api/links`, `/api/devices`.

use super::App;
use super::body::{Answer, Encoding, Message};
use super::problem::Refusal;
use super::rate::{Attempt, Peer};
use super::session::{SignedIn, ended_cookie, renewed_cookie, session_cookie};
use crate::clock::now_ms;
use crate::link;
use crate::store::{SessionRow, SignIn, SignInOutcome, Store, WhenFull};
use crate::token::Token;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Instant;
use sync_core::message::{DeviceEntry, DeviceList, Session, SignInRequest};
use vault_types::{Code, limits};

pub(super) async fn sign_in<S: Store>(
    State(app): State<Arc<App<S>>>,
    Extension(peer): Extension<Peer>,
    encoding: Encoding,
    Message { body: request, .. }: Message<SignInRequest>,
) -> Result<Response, Refusal> {
    if app.sign_in_failures.attempt(peer, Instant::now()) == Attempt::TooMany {
        return Err(Code::SlowDown.into());
    }
    if request.device_name.len() > limits::DEVICE_NAME_BYTES_MAX {
        return Err(Code::LimitExceeded.into());
    }
    if request.device_id.is_nil() {
        return Err(Code::Malformed.into());
    }
    let failed = || {
        app.sign_in_failures.failed(peer, Instant::now());
        Refusal::from(Code::LinkInvalid)
    };
    let link = Token::parse(&request.link).ok_or_else(failed)?;
    let token = Token::generate().map_err(|_| Code::ServerFailed)?;
    let sign_in = SignIn {
        link_hash: link.hash(),
        session_hash: token.hash(),
        device_id: request.device_id,
        device_name: request.device_name,
        now_ms: now_ms(),
    };
    match app.store.sign_in(sign_in).await? {
        SignInOutcome::LinkInvalid => Err(failed()),
        SignInOutcome::TooManyDevices => Err(Code::TooManyDevices.into()),
        SignInOutcome::SignedIn(row) => {
            tracing::info!(account = %row.account_id, device = %row.device_id, "signed in");
            let answer = Answer::ok(describe(&app, &row).await?, encoding);
            Ok(with_cookie(answer, session_cookie(&token, &app.public_url)))
        }
    }
}

pub(super) async fn who<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let answer = Answer::ok(describe(&app, &who.session).await?, encoding);
    Ok(with_cookie(
        answer,
        renewed_cookie(&headers, &app.public_url),
    ))
}

pub(super) async fn sign_out<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
) -> Result<Response, Refusal> {
    app.store.sign_out(who.token_hash).await?;
    tracing::info!(device = %who.session.device_id, "signed out");
    Ok(with_cookie(
        StatusCode::NO_CONTENT,
        ended_cookie(&app.public_url),
    ))
}

pub(super) async fn new_link<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
) -> Result<Response, Refusal> {
    let account_id = who.session.account_id;
    let link = link::make(&app.store, account_id, &app.public_url, WhenFull::Refuse).await?;
    let mut answer = Answer::ok(link.ok_or(Code::TooManyLinks)?, encoding);
    answer.status = StatusCode::CREATED;
    Ok(answer.into_response())
}

pub(super) async fn devices<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    encoding: Encoding,
) -> Result<Answer<DeviceList>, Refusal> {
    let rows = app.store.devices(who.session.account_id).await?;
    let devices = rows
        .into_iter()
        .map(|row| DeviceEntry {
            device_id: row.device_id,
            name: row.name,
            created_ms: row.created_ms,
            last_seen_ms: row.last_seen_ms,
            current: row.device_id == who.session.device_id,
            revoked_ms: row.revoked_ms,
        })
        .collect();
    Ok(Answer::ok(DeviceList { devices }, encoding))
}

async fn describe<S: Store>(app: &App<S>, row: &SessionRow) -> Result<Session, Refusal> {
    let vault = app.store.vault(row.account_id).await?;
    Ok(Session {
        account_id: row.account_id,
        device_id: row.device_id,
        vault_id: vault.map(|vault| vault.vault_id),
        server_epoch: app.store.server_epoch(),
    })
}

/// An answer that sets or removes the session's cookie.
pub(super) fn with_cookie(answer: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut response = answer.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
