//! The command line: `serve`, `link`, and what whoever runs the server may do.

use crate::administer::{self, LockChange, PolicyCommand, VaultArguments};
use crate::clock::now_ms;
use crate::database::DatabaseArguments;
use crate::failure::StartError;
use crate::http::{App, PublicUrl, router};
use crate::key_command::{self, KeyCommand};
use crate::link;
use crate::serve::serve;
use crate::store::{SqlStore, Store, StoreError, WhenFull};
use clap::{Args, Parser, Subcommand};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use sync_core::message::NewLink;
use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;

const PORT: u16 = 8787;
/// How often sessions are looked through.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often the server looks for what other processes wrote.
const NOTICE_EVERY: Duration = Duration::from_millis(500);
/// The exit code of a command that could not do what it was asked.
const CANNOT: u8 = 2;

/// The Lockstep server: keeps and orders what devices seal, and cannot read it.
#[derive(Parser)]
#[command(name = "lockstep-server", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until it is interrupted.
    Serve(ServeArguments),
    /// Prints a new one-time sign-in link, also while the server runs.
    Link(LinkArguments),
    /// Locks a vault on every device, until it is unlocked here.
    Lock(VaultArguments),
    /// Lifts a vault's lock, whoever set it.
    Unlock(VaultArguments),
    /// Lists, makes and deprecates crypto policies.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Prints a new token for administrators (`Authorization: Bearer TOKEN`);
    /// the one before ends.
    AdminToken(DatabaseArguments),
    /// Makes, lists and ends keys for programs (`Authorization: Bearer KEY`).
    #[command(subcommand)]
    ApiKey(KeyCommand),
}

#[derive(Args)]
struct ServeArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// The port to listen on; 0 lets the system choose.
    #[arg(long, value_name = "N", default_value_t = PORT)]
    port: u16,
    /// The address to listen on; 0.0.0.0 for every network.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The folder of the built web application.
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
    /// Where people reach the server, if not at http://localhost:PORT.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

#[derive(Args)]
struct LinkArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// The server's port on this machine.
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Where people reach the server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

/// Does what the command line asks.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(arguments) => run_server(arguments),
        Command::Link(arguments) => print_link(&arguments),
        Command::Lock(arguments) => {
            print(async { administer::change_lock(&arguments, LockChange::Lock).await })
        }
        Command::Unlock(arguments) => {
            print(async { administer::change_lock(&arguments, LockChange::Unlock).await })
        }
        Command::Policy(command) => print(administer::policies(command)),
        Command::ApiKey(command) => print(key_command::keys(command)),
        Command::AdminToken(arguments) => print(async { administer::make_token(&arguments).await }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this cannot be written.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(CANNOT)
        }
    }
}

fn run_server(arguments: ServeArguments) -> Result<(), StartError> {
    start_log();
    raise_open_files();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::Runtime { kind: error.kind() })?;
    runtime.block_on(serve_until_stopped(arguments))
}

async fn serve_until_stopped(arguments: ServeArguments) -> Result<(), StartError> {
    check_web(arguments.web.as_ref())?;
    let given_url = arguments.public_url.as_deref().map(parse_url).transpose()?;
    let database = arguments.database.database()?;
    let lock = database.claim()?;
    let listener = listen(SocketAddr::new(arguments.host, arguments.port)).await?;
    let port = listener.local_addr().map_or(arguments.port, |at| at.port());
    let public_url = match given_url {
        Some(url) => url,
        None => PublicUrl::local(port).map_err(|_| StartError::BadPublicUrl)?,
    };
    let store = database.open().await?;
    database.note_address(&public_url.to_string())?;
    let link = console_link(&store, &public_url).await?;
    // Before anybody learns that the server runs, and may ask it to end.
    let stop = stop_signal();
    announce(&public_url, &link);
    let app = Arc::new(App::new(store, public_url, arguments.web));
    let sweeper = tokio::spawn(sweep(app.clone()));
    let watcher = tokio::spawn(notice_others(app.clone()));
    let sockets = app.sockets.clone();
    let stop = async move {
        stop.await;
        sockets.stop();
    };
    serve(listener, router(&app), stop).await;
    app.sockets.closed().await;
    sweeper.abort();
    watcher.abort();
    app.store.close().await;
    tracing::info!("stopped");
    drop(lock);
    Ok(())
}

fn print_link(arguments: &LinkArguments) -> Result<(), StartError> {
    let database = arguments.database.database()?;
    let noted = database.noted_address();
    let public_url = match (&arguments.public_url, arguments.port, noted) {
        (Some(url), _, _) => parse_url(url),
        (None, Some(port), _) => PublicUrl::local(port).map_err(|_| StartError::BadPublicUrl),
        (None, None, Some(url)) => parse_url(&url),
        (None, None, None) => PublicUrl::local(PORT).map_err(|_| StartError::BadPublicUrl),
    }?;
    print(async {
        let store = database.open_existing().await?;
        let link = console_link(&store, &public_url).await?;
        store.close().await;
        Ok(format!("Sign in: {}", link.url))
    })
}

/// Ends sessions that ran out, at the start and again and again: the end of one
/// may lock its vault, also if its device never asks again.
async fn sweep(app: Arc<App<SqlStore>>) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        match app.store.end_expired_sessions(now_ms()).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "sessions ran out"),
            Err(error) => tracing::error!(%error, "cannot end sessions"),
        }
    }
}

/// Tells open sockets what other processes wrote: a lock of the command line's.
async fn notice_others(app: Arc<App<SqlStore>>) {
    let mut ticks = tokio::time::interval(NOTICE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = app.store.notice_others().await {
            tracing::error!(%error, "cannot look for other processes' writes");
        }
    }
}

/// Does something with the database and says what came of it.
fn print(work: impl Future<Output = Result<String, StartError>>) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| StartError::Runtime { kind: error.kind() })?;
    say(&runtime.block_on(work)?);
    Ok(())
}

/// A link for whoever runs the server, who may always have one.
async fn console_link(store: &SqlStore, public_url: &PublicUrl) -> Result<NewLink, StartError> {
    let link = link::make(store, store.owner(), public_url, WhenFull::CloseOldest).await?;
    link.ok_or(StartError::Store(StoreError::Busy))
}

fn announce(public_url: &PublicUrl, link: &NewLink) {
    say(&format!("Lockstep is running at {public_url}"));
    say(&format!("Sign in: {}", link.url));
    say(
        "The link works once, within 15 minutes. For another one: cargo xtask link, or lockstep-server link --data DIR",
    );
}

/// Each socket is an open file, and systems let a process have few unless it
/// asks for all that it may have.
fn raise_open_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(kind = %error.kind(), "cannot raise the number of open files");
    }
}

/// A line on standard output, where nobody may be listening.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn parse_url(text: &str) -> Result<PublicUrl, StartError> {
    PublicUrl::parse(text.trim()).map_err(|_| StartError::BadPublicUrl)
}

fn check_web(web: Option<&PathBuf>) -> Result<(), StartError> {
    match web {
        Some(path) if !path.join("index.html").is_file() => {
            Err(StartError::NoWebApplication { path: path.clone() })
        }
        _ => Ok(()),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let kind = error.kind();
        if kind == io::ErrorKind::AddrInUse {
            StartError::PortInUse { address }
        } else {
            StartError::CannotListen { address, kind }
        }
    })
}

/// Listens from now on for the process being asked to end; what is returned is
/// ready once it was.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).ok()
    };
    async move {
        #[cfg(unix)]
        if let Some(mut terminate) = terminate {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        // Without signals the server runs until it is killed, which is safe.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Logs our own events to standard error. Other crates log nothing: what they
/// would say about a request is not ours to allow-list.
fn start_log() {
    use tracing_subscriber::prelude::*;
    let ours =
        tracing_subscriber::filter::Targets::new().with_target("sync_server", tracing::Level::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false);
    // Fails only if a log is there already.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(ours))
        .try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The place, never the message: that may quote a request.
        let (file, line) = panic
            .location()
            .map_or(("", 0), |place| (place.file(), place.line()));
        tracing::error!(file, line, "panic");
    }));
}
