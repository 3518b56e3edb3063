//! Who asks: the session cookie.

use super::App;
use super::caller::{bearer, key};
use super::origin::{PublicUrl, Scheme};
use super::problem::Refusal;
use super::rate::Peer;
use crate::clock::now_ms;
use crate::store::{SessionFound, SessionRow, Store, TokenHash};
use crate::token::Token;
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use std::sync::Arc;
use vault_types::{Code, limits};

const COOKIE: &str = "lockstep_session";
/// How exact `last_seen_ms` is; keeps reads from becoming writes.
pub(super) const TOUCH_EVERY_MS: u64 = 60 * 1000;

/// Proof that the request carries a live session. Made here only.
pub(super) struct SignedIn {
    pub(super) session: SessionRow,
    pub(super) token_hash: TokenHash,
}

impl SignedIn {
    /// That the sign-in is recent enough for what cannot be undone.
    pub(super) fn check_fresh(&self, now_ms: u64) -> Result<(), Refusal> {
        // A sign-in to come is one before the clock was set back.
        let age_ms = now_ms.checked_sub(self.session.signed_in_ms);
        if age_ms.is_some_and(|age_ms| age_ms <= limits::FRESH_SIGN_IN_MS) {
            Ok(())
        } else {
            Err(Code::SignInAgain.into())
        }
    }
}

impl<S: Store> FromRequestParts<Arc<App<S>>> for SignedIn {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App<S>>) -> Result<Self, Refusal> {
        let Some(token) = token(&parts.headers) else {
            return Err(without_session(parts, app).await);
        };
        let token_hash = token.hash();
        let now_ms = now_ms();
        let session = match app.store.session(token_hash, now_ms).await? {
            SessionFound::Live(session) => session,
            SessionFound::Revoked => return Err(Code::DeviceRevoked.into()),
            SessionFound::Unknown => return Err(Code::SignedOut.into()),
            SessionFound::Expired => {
                // Its end may lock the vault; that does not wait for a sweep.
                app.store.end_expired_sessions(now_ms).await?;
                return Err(Code::SignedOut.into());
            }
        };
        if session.last_used_ms.saturating_add(TOUCH_EVERY_MS) < now_ms {
            app.store.touch_session(token_hash, now_ms).await?;
        }
        Ok(Self {
            session,
            token_hash,
        })
    }
}

/// Why a request without a session is refused.
async fn without_session<S: Store>(parts: &Parts, app: &App<S>) -> Refusal {
    let peer = parts.extensions.get::<Peer>().copied();
    match (bearer(&parts.headers), peer) {
        (Some(text), Some(peer)) => match key(app, peer, text).await {
            Ok(_) => Code::NotForApiKeys.into(),
            Err(refusal) => refusal,
        },
        _ => Code::SignedOut.into(),
    }
}

fn token(headers: &HeaderMap) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| Token::parse(value))
}

/// A cookie that carries a session.
pub(super) fn session_cookie(token: &Token, public_url: &PublicUrl) -> Option<HeaderValue> {
    cookie(&token.expose_text(), limits::SESSION_LIFE_S, public_url)
}

/// A cookie that removes it.
pub(super) fn ended_cookie(public_url: &PublicUrl) -> Option<HeaderValue> {
    cookie("", 0, public_url)
}

/// The same cookie again, so that it lives as long as the session does.
pub(super) fn renewed_cookie(headers: &HeaderMap, public_url: &PublicUrl) -> Option<HeaderValue> {
    session_cookie(&token(headers)?, public_url)
}

fn cookie(value: &str, life_s: u64, public_url: &PublicUrl) -> Option<HeaderValue> {
    let secure = match public_url.scheme() {
        Scheme::Https => "; Secure",
        Scheme::Http => "",
    };
    let text =
        format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={life_s}{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
