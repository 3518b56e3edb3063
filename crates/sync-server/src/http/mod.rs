//! The routes. docs/PROTOCOL.md is their specification.
//!
//! A request passes, from the outside in: the envelope (id, log, security
//! headers), the panic net, what becomes of a body that nobody reads, the gate
//! (how many at once, same origin), its route, its session, its body.

mod admin;
mod api_keys;
mod body;
mod caller;
mod devices;
mod envelope;
mod gate;
mod lock;
mod openapi;
mod origin;
mod pages;
mod policy;
mod problem;
mod rate;
mod recovery;
mod remains;
mod rotation;
mod route;
mod session;
mod sign_in;
mod socket;
mod sockets;
mod sync;
mod vault;

use crate::store::Store;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
pub(crate) use origin::PublicUrl;
use rate::FailureRate;
pub(crate) use rate::Peer;
pub use route::{Access, Method, Route, WhileLocked};
use sockets::Sockets;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

/// Requests that are worked on at once; more wait.
const REQUESTS_MAX: usize = 512;
/// Large bodies that are read at once; more wait. Bounds memory.
const LARGE_BODIES_MAX: usize = 16;

/// What every route shares.
pub(crate) struct App<S> {
    pub(crate) store: S,
    pub(crate) public_url: PublicUrl,
    pub(crate) web: Option<PathBuf>,
    pub(crate) sockets: Arc<Sockets>,
    sign_in_failures: FailureRate,
    admin_failures: FailureRate,
    key_failures: FailureRate,
    requests: Semaphore,
    large_bodies: Arc<Semaphore>,
}

impl<S: Store> App<S> {
    /// An application over a store.
    pub(crate) fn new(store: S, public_url: PublicUrl, web: Option<PathBuf>) -> Self {
        Self {
            store,
            public_url,
            web,
            sockets: Arc::new(Sockets::default()),
            sign_in_failures: FailureRate::default(),
            admin_failures: FailureRate::default(),
            key_failures: FailureRate::default(),
            requests: Semaphore::new(REQUESTS_MAX),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES_MAX)),
        }
    }
}

/// All routes.
pub(crate) fn router<S: Store>(app: &Arc<App<S>>) -> Router {
    let mut router = Router::new();
    for route in Route::ALL {
        router = router.route(route.path(), route.handler::<S>());
    }
    router
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(pages::page::<S>)
        .layer(from_fn_with_state(app.clone(), gate::gate::<S>))
        .layer(from_fn(remains::remains))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(from_fn_with_state(app.clone(), envelope::envelope::<S>))
        .layer(from_fn(envelope::forbid_storing))
        .with_state(app.clone())
}
