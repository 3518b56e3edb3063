//! Bodies that nobody reads. A request may be refused before its body has
//! arrived; what is left of it must not be taken for the next request, nor end
//! a connection that the client means to use again without a word.
//!
//! A small body is read whole before anything is decided. If a larger one is
//! not read to its end, the answer says that the connection closes.

use super::body::{read, stated_len};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use core::pin::Pin;
use core::task::{Context, Poll};
use hyper::body::{Frame, SizeHint};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Up to this length, in bytes, a body is read even if it is then refused.
const SMALL_BYTES_MAX: usize = 16 * 1024;

/// Leaves the connection usable, or says that it is not.
pub(super) async fn remains(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    if stated_len(&parts.headers).is_some_and(|len| len <= SMALL_BYTES_MAX) {
        return match read(body, SMALL_BYTES_MAX).await {
            Ok(bytes) => {
                let request = Request::from_parts(parts, Body::from(bytes));
                next.run(request).await
            }
            Err(refusal) => closing(refusal.into_response()),
        };
    }
    let ended = Arc::new(AtomicBool::new(false));
    let watched = Watched {
        body,
        ended: ended.clone(),
    };
    let response = next
        .run(Request::from_parts(parts, Body::new(watched)))
        .await;
    if ended.load(Ordering::Acquire) {
        response
    } else {
        closing(response)
    }
}

fn closing(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A body that notes when it was read to its end.
struct Watched {
    body: Body,
    ended: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) {
            self.ended.store(true, Ordering::Release);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
