//! `GET /api/sync/socket`: tells a device at once what it would learn by its
//! next poll.
//!
//! A socket sends the answer of the poll when it opens, after every change and
//! with every beat, and listens to nothing: whatever comes in but a pong or a
//! close ends it. What it sends is always the latest state, so a client that
//! reads slowly misses states and costs no memory.

use super::App;
use super::origin::is_own_page;
use super::problem::Refusal;
use super::session::SignedIn;
use super::sockets::{Announced, Crowded, Place};
use super::sync::poll_response;
use crate::clock::now_ms;
use crate::store::{News, SessionFound, Store, Subscription, TokenHash};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use sync_core::{encode, endpoint};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use vault_types::{AccountId, Code, limits};

/// How often a client is asked whether it is there, and told the state again.
const BEAT: Duration = Duration::from_millis(limits::SOCKET_BEAT_MS);
/// How long a client may take to take a message.
const SEND_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a client may take to say good-bye.
const FAREWELL_TIME_MAX: Duration = Duration::from_secs(1);
/// Changes that follow each other faster are told together.
const GATHER: Duration = Duration::from_millis(10);
/// Pongs and pings that a client may send between two beats.
const FRAMES_MAX: u32 = 64;
/// Buffer for what comes in: nothing but the smallest frames. There is one a
/// socket.
const READ_BUFFER_BYTES: usize = 512;
/// What a client may send in one message.
const INCOMING_BYTES_MAX: usize = 125;

/// Why the server ends a socket. The codes of its own are those of RFC 6455
/// for applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Farewell {
    /// The session ended.
    SignedOut,
    /// The vault was destroyed.
    NoVault,
    /// The server stops.
    GoingAway,
    /// The client sent what it must not.
    Violation,
    /// The storage failed.
    Failed,
    /// There is nobody to tell.
    Gone,
}

impl Farewell {
    const fn code(self) -> Option<u16> {
        match self {
            Self::SignedOut => Some(endpoint::CLOSE_SIGNED_OUT),
            Self::NoVault => Some(endpoint::CLOSE_NO_VAULT),
            Self::GoingAway => Some(1001),
            Self::Violation => Some(1008),
            Self::Failed => Some(1011),
            Self::Gone => None,
        }
    }
}

pub(super) async fn socket<S: Store>(
    State(app): State<Arc<App<S>>>,
    who: SignedIn,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    // A browser sends the cookie along with a socket that any page opens.
    if !is_own_page(&headers, &app.public_url) {
        return Err(Code::ForeignOrigin.into());
    }
    let upgrade = upgrade.map_err(|_| Code::Malformed)?;
    let account_id = who.session.account_id;
    let place = app.sockets.admit(account_id, who.session.device_id);
    let place = place.map_err(|crowded| match crowded {
        Crowded::Own => Refusal::from(Code::SlowDown),
        Crowded::All => Refusal::with_status(Code::SlowDown, StatusCode::SERVICE_UNAVAILABLE),
    })?;
    // Before the first look at the vault, so that nothing falls in between.
    let news = app.store.announcements().subscribe(account_id);
    app.store.vault(account_id).await?.ok_or(Code::NoVault)?;
    let teller = Teller {
        app,
        account_id,
        token_hash: who.token_hash,
        news,
        place,
    };
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(INCOMING_BYTES_MAX)
        .max_frame_size(INCOMING_BYTES_MAX);
    Ok(upgrade.on_upgrade(|socket| teller.run(socket)))
}

/// One socket's end of the server.
struct Teller<S> {
    app: Arc<App<S>>,
    account_id: AccountId,
    token_hash: TokenHash,
    news: Subscription,
    place: Place,
}

impl<S: Store> Teller<S> {
    async fn run(mut self, mut socket: WebSocket) {
        let device = self.place.device_id();
        tracing::info!(account = %self.account_id, device = %device, "socket opened");
        let Err(farewell) = self.tell_until_end(&mut socket).await;
        tracing::info!(
            account = %self.account_id,
            device = %device,
            code = farewell.code(),
            "socket closed"
        );
        if let Some(code) = farewell.code() {
            let _ = timeout(FAREWELL_TIME_MAX, close(socket, code)).await;
        }
    }

    async fn tell_until_end(
        &mut self,
        socket: &mut WebSocket,
    ) -> Result<core::convert::Infallible, Farewell> {
        let mut beats = interval_at(Instant::now() + BEAT, BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stopping = self.app.sockets.stopping();
        let (mut heard, mut frames) = (true, 0);
        self.tell(socket).await?;
        loop {
            tokio::select! {
                () = stops(&mut stopping) => return Err(Farewell::GoingAway),
                news = self.news.changed() => {
                    self.heed(news, socket).await?;
                    sleep(GATHER).await;
                }
                message = socket.recv() => {
                    check_incoming(message)?;
                    heard = true;
                    frames += 1;
                    if frames > FRAMES_MAX {
                        return Err(Farewell::Violation);
                    }
                }
                _ = beats.tick() => {
                    // Not even a pong since the one before.
                    if !core::mem::take(&mut heard) {
                        return Err(Farewell::Gone);
                    }
                    frames = 0;
                    self.check_session().await?;
                    send(socket, Message::Ping(Bytes::new())).await?;
                    self.tell(socket).await?;
                }
            }
        }
    }

    async fn heed(&self, news: News, socket: &mut WebSocket) -> Result<(), Farewell> {
        if news.sessions {
            self.check_session().await?;
        }
        if news.state {
            self.tell(socket).await?;
        }
        Ok(())
    }

    /// That the session still lives.
    async fn check_session(&self) -> Result<(), Farewell> {
        match self.app.store.session(self.token_hash, now_ms()).await {
            Ok(SessionFound::Live(_)) => Ok(()),
            Ok(SessionFound::Expired | SessionFound::Revoked | SessionFound::Unknown) => {
                Err(Farewell::SignedOut)
            }
            Err(_) => Err(Farewell::Failed),
        }
    }

    /// Sends the latest state.
    async fn tell(&self, socket: &mut WebSocket) -> Result<(), Farewell> {
        let version = self.news.version();
        let read = self.place.announced(version, self.read()).await?;
        match read {
            Announced::State(message) => send(socket, Message::Binary(message)).await,
            Announced::NoVault => Err(Farewell::NoVault),
        }
    }

    async fn read(&self) -> Result<Announced, Farewell> {
        let vault = self.app.store.vault(self.account_id).await;
        let Some(vault) = vault.map_err(|_| Farewell::Failed)? else {
            return Ok(Announced::NoVault);
        };
        let state = poll_response(self.app.store.server_epoch(), vault);
        let message = encode(&state).map_err(|_| Farewell::Failed)?;
        Ok(Announced::State(Bytes::from(message)))
    }
}

async fn stops(stopping: &mut watch::Receiver<bool>) {
    // An error says that nobody can stop it any more, so it has.
    let _ = stopping.wait_for(|stops| *stops).await;
}

/// Only what keeps a connection alive or ends it may come in.
fn check_incoming(message: Option<Result<Message, axum::Error>>) -> Result<(), Farewell> {
    match message {
        Some(Ok(Message::Pong(_) | Message::Ping(_))) => Ok(()),
        Some(Ok(Message::Text(_) | Message::Binary(_)) | Err(_)) => Err(Farewell::Violation),
        Some(Ok(Message::Close(_))) | None => Err(Farewell::Gone),
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Farewell> {
    match timeout(SEND_TIME_MAX, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Farewell::Gone),
    }
}

/// Says why, and reads on until the client has heard it: a connection that is
/// dropped with something unread in it takes back what was said.
async fn close(mut socket: WebSocket, code: u16) {
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    if socket.send(Message::Close(Some(frame))).await.is_ok() {
        while let Some(Ok(_)) = socket.recv().await {}
    }
}
