//! Connections: accepted, bounded, timed, and ended in peace.

use crate::http::Peer;
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tower::ServiceExt;

/// Connections at once; more wait in the system's queue. One that became a
/// socket counts among those instead.
const CONNECTIONS_MAX: usize = 1_024;
/// How long a client may take over a request's headers, the idle time before
/// them included. Longer than a device waits between two polls, so that a
/// connection does not end just as it is used again.
const HEADER_TIME_MAX: Duration = Duration::from_secs(70);
/// How long requests may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// Pause after the system ran out of something, file handles for example.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready and what was under way has been answered.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let stopping = watch::Sender::new(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else {
            break;
        };
        let (router, stopping) = (router.clone(), stopping.subscribe());
        tokio::spawn(async move {
            if let Err(error) = connection(stream, peer, router, stopping).await {
                tracing::debug!(timeout = error.is_timeout(), "connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    let all = u32::try_from(CONNECTIONS_MAX).unwrap_or(u32::MAX);
    if timeout(FAREWELL, connections.acquire_many(all))
        .await
        .is_err()
    {
        tracing::warn!("requests were cut off");
    }
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = connections.clone().acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, peer, permit)),
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end: until it becomes a socket, or its client
/// goes, or what is under way is answered after the server was told to stop.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> hyper::Result<()> {
    // Answers are small and awaited; a failure to say so only costs time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        // An error says that the server is gone, so it stops.
        _ = async { stopping.wait_for(|stops| *stops).await.is_ok() } => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}
