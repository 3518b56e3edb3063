//! Who asks, where a program with a key may ask too.

use super::App;
use super::problem::Refusal;
use super::rate::{Attempt, Peer};
use super::session::{SignedIn, TOUCH_EVERY_MS};
use crate::api_key;
use crate::clock::now_ms;
use crate::store::{Member, Store, TokenHash};
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};
use std::sync::Arc;
use std::time::Instant;
use vault_types::{Code, DeviceId};

/// Proof that the request carries a live session or a key for programs. Made
/// here only. It says nothing of which: what a key may not do takes a
/// [`SignedIn`].
pub(super) struct Caller {
    pub(super) member: Member,
}

impl Caller {
    /// That a request speaks for the caller's own device.
    pub(super) fn check_device(&self, device_id: DeviceId) -> Result<(), Refusal> {
        if device_id == self.member.device_id {
            Ok(())
        } else {
            Err(Code::WrongDevice.into())
        }
    }
}

impl<S: Store> FromRequestParts<Arc<App<S>>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App<S>>) -> Result<Self, Refusal> {
        if let Some(text) = bearer(&parts.headers) {
            let peer = parts.extensions.get::<Peer>().copied();
            let member = key(app, peer.ok_or(Code::ServerFailed)?, text).await?;
            return Ok(Self { member });
        }
        let SignedIn { session, .. } = SignedIn::from_request_parts(parts, app).await?;
        Ok(Self {
            member: Member {
                account_id: session.account_id,
                device_id: session.device_id,
            },
        })
    }
}

/// What follows `Authorization: Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Whose a key is. A text that is no key is looked up like one, so that time
/// does not tell how it was wrong.
pub(super) async fn key<S: Store>(app: &App<S>, peer: Peer, text: &str) -> Result<Member, Refusal> {
    if app.key_failures.attempt(peer, Instant::now()) == Attempt::TooMany {
        return Err(Code::SlowDown.into());
    }
    let nobodys = TokenHash::from_bytes([0; 32]);
    let token_hash = api_key::parse(text).map_or(nobodys, |token| token.hash());
    let Some(found) = app.store.api_key(token_hash).await? else {
        app.key_failures.failed(peer, Instant::now());
        return Err(Code::ApiKeyRefused.into());
    };
    let now_ms = now_ms();
    let is_recent = |used_ms: u64| used_ms.saturating_add(TOUCH_EVERY_MS) >= now_ms;
    if !found.last_used_ms.is_some_and(is_recent) {
        app.store.touch_api_key(token_hash, now_ms).await?;
    }
    Ok(found.member)
}
