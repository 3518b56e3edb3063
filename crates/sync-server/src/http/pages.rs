//! The web application's files.

use super::App;
use super::problem::Refusal;
use crate::store::Store;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header};
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
/// For the application's page: no browser keeps it, with all that it had in
/// memory, to go back to.
const NEVER_KEEP: HeaderValue = HeaderValue::from_static("no-store");

/// The address that a page goes to when it locks. What is served there never
/// shares a process with what is served at any other address, so that the
/// process which held keys and words comes to its end.
const LOCKED: &str = "/locked";
/// The service worker outlives every page.
const SERVICE_WORKER: &str = "/sw.js";

type Separation = &'static [(&'static str, &'static str)];

/// Browsers that isolate processes keep documents in different ones if they
/// differ in any of these.
const PAGE: Separation = &[
    ("cross-origin-opener-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
];
const LOCKED_PAGE: Separation = &[
    ("cross-origin-opener-policy", "same-origin-allow-popups"),
    ("origin-agent-cluster", "?0"),
];
/// Keeps the service worker out of the process of any page: it would keep that
/// process alive.
const WORKER: Separation = &[("cross-origin-embedder-policy", "require-corp")];

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
    let mut separation = separation_of_file(&path);
    if response.status() == StatusCode::NOT_FOUND && is_screen(&path) {
        let mut index = Request::from_parts(parts, Body::empty());
        *index.uri_mut() = Uri::from_static("/");
        response = file(web, index).await?;
        separation = if path == LOCKED { LOCKED_PAGE } else { PAGE };
    }
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Code::NotFound.into());
    }
    let caching = if path.starts_with(HASHED) && is_content(response.status()) {
        FOR_EVER
    } else if separation == PAGE || separation == LOCKED_PAGE {
        NEVER_KEEP
    } else {
        ASK_FIRST
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, caching);
    for (name, value) in separation {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    Ok(response)
}

async fn file(web: &Path, request: Request) -> Result<Response<Body>, Refusal> {
    let files = ServeDir::new(web).precompressed_br().precompressed_gzip();
    match files.oneshot(request).await {
        Ok(response) => Ok(response.map(Body::new).into_response()),
        Err(never) => match never {},
    }
}

fn separation_of_file(path: &str) -> Separation {
    match path {
        "/" | "/index.html" => PAGE,
        SERVICE_WORKER => WORKER,
        _ => &[],
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
