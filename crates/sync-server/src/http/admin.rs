//! Who runs the server: a bearer token, made on the command line.

use super::App;
use super::caller::bearer;
use super::problem::Refusal;
use super::rate::{Attempt, Peer};
use crate::store::Store;
use crate::token::Token;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::Instant;
use vault_types::Code;

/// Proof that the request carries the administrator's token. Made here only.
pub(super) struct Administrator(());

impl<S: Store> FromRequestParts<Arc<App<S>>> for Administrator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App<S>>) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<Peer>().copied();
        let peer = peer.ok_or(Code::ServerFailed)?;
        if app.admin_failures.attempt(peer, Instant::now()) == Attempt::TooMany {
            return Err(Code::SlowDown.into());
        }
        let shown = bearer(&parts.headers);
        let known = match shown.and_then(Token::parse) {
            Some(token) => app.store.is_admin_token(token.hash()).await?,
            None => false,
        };
        if known {
            return Ok(Self(()));
        }
        app.admin_failures.failed(peer, Instant::now());
        Err(match shown {
            Some(_) => Code::NotAdministrator.into(),
            None => Refusal::with_status(Code::NotAdministrator, StatusCode::UNAUTHORIZED),
        })
    }
}
