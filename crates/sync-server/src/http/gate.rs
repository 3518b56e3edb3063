//! How many requests at once, and from where.

use super::App;
use super::origin::{Source, source};
use super::problem::Refusal;
use crate::store::Store;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use vault_types::Code;

/// How long a request waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(10);

/// Lets a request in when its turn comes, unless another site sent it.
pub(super) async fn gate<S: Store>(
    State(app): State<Arc<App<S>>>,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if !reads && source(request.headers(), &app.public_url) == Source::Foreign {
        return Refusal::from(Code::ForeignOrigin).into_response();
    }
    let turn = tokio::time::timeout(TURN_WAIT, app.requests.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Refusal::with_status(Code::SlowDown, StatusCode::SERVICE_UNAVAILABLE)
            .into_response();
    };
    next.run(request).await
}
