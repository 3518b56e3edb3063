//! Bodies in and out: MessagePack or JSON, within a limit and a time.

use super::App;
use super::problem::Refusal;
use crate::store::Store;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts};
use axum::response::IntoResponse;
use core::convert::Infallible;
use core::time::Duration;
use http_body_util::BodyExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use sync_core::message::{
    BeginRotation, CommitRotation, CreateApiKey, CreatePolicyRequest, CreateVaultRequest,
    DownloadRequest, LockVaultRequest, LogoutEverywhereRequest, RenameDevice, ReplaceRecoveryCodes,
    ReplaceSlots, ResetVaultRequest, RevokeRecoveryCodes, SignInRequest, UnlockVaultRequest,
    UploadRequest, ValidateRecoveryCode, VaultSettings,
};
use sync_core::{decode, encode, endpoint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};
use vault_types::wire::{Decode, Encode};
use vault_types::{Code, limits};

/// How long a client may be silent within a body.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// How long a whole body may take.
const BODY_TIME_MAX: Duration = Duration::from_secs(5 * 60);

/// A request's body, whose greatest length belongs to its type.
pub(super) trait RequestBody: DeserializeOwned + Decode {
    /// In bytes, as encoded.
    const BYTES_MAX: usize = limits::REQUEST_BYTES_MAX;
}

impl RequestBody for SignInRequest {}
impl RequestBody for RenameDevice {}
impl RequestBody for CreateApiKey {}
impl RequestBody for DownloadRequest {}
impl RequestBody for LockVaultRequest {}
impl RequestBody for UnlockVaultRequest {}
impl RequestBody for LogoutEverywhereRequest {}
impl RequestBody for VaultSettings {}
impl RequestBody for ResetVaultRequest {}
impl RequestBody for ValidateRecoveryCode {}
impl RequestBody for BeginRotation {}
impl RequestBody for CreatePolicyRequest {}
impl RequestBody for CreateVaultRequest {
    // A slot list of the greatest length, in base64.
    const BYTES_MAX: usize = 2 * limits::REQUEST_BYTES_MAX;
}
impl RequestBody for ReplaceSlots {
    const BYTES_MAX: usize = 2 * limits::REQUEST_BYTES_MAX;
}
impl RequestBody for ReplaceRecoveryCodes {
    const BYTES_MAX: usize = 2 * limits::REQUEST_BYTES_MAX;
}
impl RequestBody for RevokeRecoveryCodes {
    const BYTES_MAX: usize = 2 * limits::REQUEST_BYTES_MAX;
}
impl RequestBody for CommitRotation {
    const BYTES_MAX: usize = 2 * limits::REQUEST_BYTES_MAX;
}
impl RequestBody for UploadRequest {
    const BYTES_MAX: usize = limits::UPLOAD_REQUEST_BYTES_MAX;
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `application/msgpack`.
    MessagePack,
    /// `application/json`.
    Json,
}

fn content_encoding(headers: &HeaderMap) -> Option<Encoding> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?.trim();
    if essence.eq_ignore_ascii_case(endpoint::MSGPACK) {
        Some(Encoding::MessagePack)
    } else if essence.eq_ignore_ascii_case(endpoint::JSON) {
        Some(Encoding::Json)
    } else {
        None
    }
}

/// How the answer is to be written: as `Accept` says, else as the request was.
impl<S: Sync> FromRequestParts<S> for Encoding {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let accept = parts.headers.get(header::ACCEPT);
        let accept = accept
            .and_then(|value| value.to_str().ok())
            .unwrap_or("*/*");
        let accepts = |wanted: &str| {
            accept.split(',').any(|range| {
                let essence = range.split(';').next().unwrap_or_default().trim();
                essence.eq_ignore_ascii_case(wanted)
            })
        };
        Ok(if accepts(endpoint::MSGPACK) {
            Self::MessagePack
        } else if accepts(endpoint::JSON) {
            Self::Json
        } else {
            content_encoding(&parts.headers).unwrap_or(Self::Json)
        })
    }
}

/// A request's body, read and understood.
pub(super) struct Message<T> {
    pub(super) body: T,
    /// Held as long as a large body is in memory.
    pub(super) turn: Option<OwnedSemaphorePermit>,
}

impl<T: RequestBody, S: Store> FromRequest<Arc<App<S>>> for Message<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Arc<App<S>>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let encoding = content_encoding(&parts.headers).ok_or(Code::UnsupportedMedia)?;
        let stated = stated_len(&parts.headers);
        if stated.is_some_and(|len| len > T::BYTES_MAX) {
            return Err(Code::TooLarge.into());
        }
        let large = stated.is_none_or(|len| len > limits::REQUEST_BYTES_MAX)
            && T::BYTES_MAX > 2 * limits::REQUEST_BYTES_MAX;
        let turn = if large {
            let turn = app.large_bodies.clone().acquire_owned().await;
            Some(turn.map_err(|_| Code::ServerFailed)?)
        } else {
            None
        };
        let bytes = read(body, T::BYTES_MAX).await?;
        let body = match encoding {
            Encoding::MessagePack => decode(&bytes).ok(),
            Encoding::Json => serde_json::from_slice(&bytes).ok(),
        };
        let body = body.ok_or(Code::Malformed)?;
        Ok(Self { body, turn })
    }
}

/// The length that a request states for its body.
pub(super) fn stated_len(headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

/// Reads a body whole, within a limit and a time.
pub(super) async fn read(mut body: Body, bytes_max: usize) -> Result<Vec<u8>, Refusal> {
    let too_slow = || Refusal::with_status(Code::Malformed, StatusCode::REQUEST_TIMEOUT);
    let end = Instant::now() + BODY_TIME_MAX;
    let mut bytes = Vec::new();
    loop {
        let frame = timeout(SILENCE_MAX, timeout_at(end, body.frame())).await;
        let Ok(Ok(frame)) = frame else {
            return Err(too_slow());
        };
        let Some(frame) = frame else {
            return Ok(bytes);
        };
        let frame = frame.map_err(|_| Code::Malformed)?;
        let data: Bytes = frame.into_data().unwrap_or_default();
        if bytes.len() + data.len() > bytes_max {
            return Err(Code::TooLarge.into());
        }
        bytes.extend_from_slice(&data);
    }
}

/// An answer in the encoding that the client asked for.
pub(super) struct Answer<T> {
    pub(super) status: StatusCode,
    pub(super) message: T,
    pub(super) encoding: Encoding,
}

impl<T> Answer<T> {
    /// With status 200.
    pub(super) const fn ok(message: T, encoding: Encoding) -> Self {
        Self {
            status: StatusCode::OK,
            message,
            encoding,
        }
    }
}

impl<T: Serialize + Encode> IntoResponse for Answer<T> {
    fn into_response(self) -> Response<Body> {
        let (bytes, content_type) = match self.encoding {
            Encoding::MessagePack => (encode(&self.message).ok(), endpoint::MSGPACK),
            Encoding::Json => (serde_json::to_vec(&self.message).ok(), endpoint::JSON),
        };
        let Some(bytes) = bytes else {
            return Refusal::from(Code::ServerFailed).into_response();
        };
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A cache must not hand one encoding to who asked for the other.
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        response
    }
}
