//! The web application's files.

use super::App;
use super::problem::Refusal;
use crate::store::Store;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeDir;
use vault_types::Code;

/// Files below this carry a hash of their content in their name.
const HASHED: &str = "/assets/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// A file of the application; for the address of one of its screens, its page.
pub(super) async fn page<S: Store>(
    State(app): State<Arc<App<S>>>,
    request: Request,
) -> Result<Response<Body>, Refusal> {
    let path = request.uri().path().to_owned();
    if is_api(&path) {
        return Err(Code::NotFound.into());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Code::MethodNotAllowed.into());
    }
    let Some(web) = &app.web else {
        return Err(Code::NotFound.into());
    };
    let (parts, _) = request.into_parts();
    let asked = Request::from_parts(parts.clone(), Body::empty());
    let mut response = file(web, asked).await?;
    if response.status() == StatusCode::NOT_FOUND && is_screen(&path) {
        let mut index = Request::from_parts(parts, Body::empty());
        *index.uri_mut() = Uri::from_static("/");
        response = file(web, index).await?;
    }
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Code::NotFound.into());
    }
    let caching = if path.starts_with(HASHED) && is_content(response.status()) {
        FOR_EVER
    } else {
        ASK_FIRST
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, caching);
    Ok(response)
}

async fn file(web: &Path, request: Request) -> Result<Response<Body>, Refusal> {
    let files = ServeDir::new(web).precompressed_br().precompressed_gzip();
    match files.oneshot(request).await {
        Ok(response) => Ok(response.map(Body::new).into_response()),
        Err(never) => match never {},
    }
}

fn is_api(path: &str) -> bool {
    ["/api", "/v1"].iter().any(|root| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Screens have addresses without a dot. A file that is missing must stay
/// missing: a page in place of a script would be kept by caches.
fn is_screen(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    !path.starts_with(HASHED) && !last.contains('.')
}

fn is_content(status: StatusCode) -> bool {
    status.is_success() || status == StatusCode::NOT_MODIFIED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_are_told_from_files() {
        for screen in ["/", "/ideas", "/infobase/0190-x", "/sign-in"] {
            assert!(is_screen(screen), "{screen}");
        }
        for file in ["/sw.js", "/assets/index-abc.js", "/assets/x", "/a/b.png"] {
            assert!(!is_screen(file), "{file}");
        }
    }

    #[test]
    fn the_api_is_told_from_pages() {
        for api in ["/api", "/api/", "/api/x", "/v1/sync"] {
            assert!(is_api(api), "{api}");
        }
        for page in ["/", "/apiary", "/v10", "/notes/api"] {
            assert!(!is_api(page), "{page}");
        }
    }
}
