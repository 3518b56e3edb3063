//! Servers that share a database tell each other what they commit: `NOTIFY`
//! inside the transaction, which the database sends on if it commits, and one
//! connection of each server that listens.
//!
//! While that connection is away, announcements are lost; so each time that it
//! listens again, everybody is told that anything may have changed.

use crate::store::announce::Announcements;
use crate::store::draft::{Draft, Told};
use crate::store::sql::connection::{Connection, Result as SqlResult};
use crate::token::random_bytes;
use core::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Config, Error, NoTls};

/// What servers listen to; part of what servers of other versions know.
const CHANNEL: &str = "lockstep";
/// How long a server waits before it tries to listen again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Tells other servers, and hears them.
pub(super) struct Notifier {
    config: Config,
    announcements: Announcements,
    /// By which a server knows its own announcements.
    origin: String,
    listener: Mutex<Option<AbortHandle>>,
}

impl Notifier {
    /// Tells, and once it listens also hears, through connections like that.
    pub(super) fn new(config: Config, announcements: Announcements) -> Self {
        // Without randomness another number that no two servers of a machine have.
        let own = || u64::from(std::process::id()).to_be_bytes();
        let origin: [u8; 8] = random_bytes().unwrap_or_else(|_| own());
        Self {
            config,
            announcements,
            origin: format!("{:016x}", u64::from_be_bytes(origin)),
            listener: Mutex::new(None),
        }
    }

    /// Has the database tell other servers when this transaction commits.
    pub(super) fn send(&self, connection: &Connection<'_>, draft: &Draft) -> SqlResult<()> {
        for told in draft.told() {
            connection
                .prepare_cached("SELECT pg_notify(?1, ?2) IS NULL")?
                .exists((CHANNEL, self.text(*told)))?;
        }
        Ok(())
    }

    /// The channel, and what is sent on it.
    pub(super) fn message(&self, told: Told) -> (&'static str, String) {
        (CHANNEL, self.text(told))
    }

    fn text(&self, told: Told) -> String {
        format!("{} {}", self.origin, told.to_text())
    }

    /// Tells this server's own listeners, after the commit.
    pub(super) fn tell(&self, draft: &Draft) {
        draft.tell(&self.announcements);
    }

    /// Hears other servers from now on.
    pub(super) fn listen(&self) {
        let mut listener = self.lock();
        if listener.is_some() {
            return;
        }
        let (config, announcements) = (self.config.clone(), self.announcements.clone());
        let origin = self.origin.clone();
        let task = tokio::spawn(async move {
            loop {
                // It ends by an error or by the database's server going away.
                if hear(&config, &announcements, &origin).await.is_err() {
                    tracing::warn!("cannot hear other servers; trying again");
                }
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        });
        *listener = Some(task.abort_handle());
    }

    /// Hears nobody any more.
    pub(super) fn stop(&self) {
        if let Some(listener) = self.lock().take() {
            listener.abort();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<AbortHandle>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Listens on a connection of its own until that ends.
async fn hear(config: &Config, announcements: &Announcements, origin: &str) -> Result<(), Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let listen = format!("LISTEN {CHANNEL}");
    let mut listening = pin!(client.batch_execute(&listen));
    let mut is_listening = false;
    loop {
        tokio::select! {
            listens = &mut listening, if !is_listening => {
                listens?;
                is_listening = true;
                announcements.announce_all();
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                Some(Ok(AsyncMessage::Notification(notification))) => {
                    let (from, text) = notification.payload().split_once(' ').unwrap_or_default();
                    if from != origin {
                        Told::from_text(text).tell(announcements);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
