//! Errors as answers: RFC 9457, always JSON, nothing of the inside.

use crate::store::{StoreError, VaultRefusal};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use core::any::Any;
use sync_core::endpoint;
use sync_core::message::{Problem, VaultExtent};
use vault_types::Code;

/// An answer that says what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    code: Code,
    status: StatusCode,
    extent: Option<VaultExtent>,
}

impl Refusal {
    /// With another status than the code's usual one.
    pub(super) const fn with_status(code: Code, status: StatusCode) -> Self {
        Self {
            code,
            status,
            extent: None,
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            code,
            status: status_of(code),
            extent: None,
        }
    }
}

impl From<VaultRefusal> for Refusal {
    fn from(refusal: VaultRefusal) -> Self {
        Self {
            extent: refusal.extent(),
            ..Self::from(refusal.code())
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "storage failed");
        let status = match error {
            StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Busy | StoreError::Unreachable | StoreError::Stopped => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            StoreError::Failed { .. } | StoreError::Refused { .. } => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::with_status(Code::ServerFailed, status)
    }
}

const fn status_of(code: Code) -> StatusCode {
    match code {
        Code::Malformed | Code::NewerVersion | Code::ClockAhead => StatusCode::BAD_REQUEST,
        Code::SignedOut | Code::DeviceRevoked | Code::ApiKeyRefused => StatusCode::UNAUTHORIZED,
        Code::LinkInvalid
        | Code::WrongDevice
        | Code::ForeignOrigin
        | Code::RecoveryCodeRefused
        | Code::SignInAgain
        | Code::NotForApiKeys
        | Code::NotAdministrator => StatusCode::FORBIDDEN,
        Code::NotFound
        | Code::NoVault
        | Code::UnknownVault
        | Code::UnknownRecoveryCode
        | Code::UnknownDevice
        | Code::UnknownApiKey
        | Code::UnknownPolicy => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::VaultExists
        | Code::SlotsConflict
        | Code::CursorAhead
        | Code::ServerReset
        | Code::OpIdReused
        | Code::RotationConflict
        | Code::RotationExpired
        | Code::PolicyExists
        | Code::LastPolicy
        | Code::TooManyApiKeys
        | Code::TooManyLinks
        | Code::TooManyDevices => StatusCode::CONFLICT,
        Code::TooLarge | Code::LimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::Locked | Code::VaultLocked | Code::LockedByServer => StatusCode::LOCKED,
        Code::SlowDown => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let problem = Problem {
            type_uri: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code.as_str().to_owned(),
            detail: self.code.sentence().to_owned(),
            extent: self.extent,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(endpoint::PROBLEM),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::TOO_MANY_REQUESTS
            || self.status == StatusCode::SERVICE_UNAVAILABLE
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response
    }
}

/// The address is there, the method is not.
pub(super) async fn method_not_allowed() -> Refusal {
    Code::MethodNotAllowed.into()
}

/// What a client learns of a panic: nothing but that the server failed. The
/// panic hook has logged where.
pub(super) fn after_panic(_payload: Box<dyn Any + Send>) -> Response<Body> {
    Refusal::from(Code::ServerFailed).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use axum::Router;
    use axum::extract::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    async fn fails() -> StatusCode {
        panic!("with a canary")
    }

    #[tokio::test]
    async fn a_panic_is_answered_without_its_message() {
        let router = Router::new()
            .route("/", get(fails))
            .layer(CatchPanicLayer::custom(after_panic));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem.known_code(), Some(Code::ServerFailed));
        assert_eq!(problem.detail, Code::ServerFailed.sentence());
    }

    #[test]
    fn every_code_has_an_error_status() {
        for code in Code::ALL {
            assert!(status_of(*code).as_u16() >= 400, "{code}");
        }
    }
}
