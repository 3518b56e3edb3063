//! One thread writes, in groups: everything that waits goes into one
//! transaction, and each caller is answered only after its commit. That makes
//! one fsync serve many uploads.

use super::row::store_error;
use crate::store::StoreError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait before their callers have to.
const QUEUE_LEN: usize = 512;
/// Writes of one transaction.
const GROUP_LEN_MAX: usize = 256;

/// Tells a caller how the group's commit went.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Does a caller's work in the group's transaction.
type Job = Box<dyn FnOnce(&Connection) -> Reply + Send>;

/// The writing end of the database.
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread that owns the writing connection.
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE_LEN);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write_groups(&connection, receiver))?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Does `work` in a transaction and returns after its commit. An error of
    /// `work` undoes what it did, and nothing else.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = in_savepoint(connection, work);
            Box::new(move |committed| {
                // The caller may have gone; the work is done all the same.
                let _ = answer.send(committed.and(outcome));
            })
        });
        let sender = lock(&self.jobs).clone().ok_or(StoreError::Stopped)?;
        sender.send(job).await.map_err(|_| StoreError::Stopped)?;
        drop(sender);
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// Ends the thread behind what is queued.
    pub(super) fn stop(&self) {
        lock(&self.jobs).take();
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write_groups(connection: &Connection, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        write_group(connection, first, &mut jobs);
    }
}

fn write_group(connection: &Connection, first: Job, jobs: &mut mpsc::Receiver<Job>) {
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        // Without a transaction the work must not run: savepoints of their
        // own would commit one by one. Dropping it answers its caller.
        tracing::error!(%error, "cannot begin to write");
        return;
    }
    let mut replies = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        let Ok(reply) = catch_unwind(AssertUnwindSafe(|| job(connection))) else {
            // What a panic left half done must not be committed.
            let _ = execute(connection, "ROLLBACK");
            answer(replies, Err(StoreError::Failed { number: -1 }));
            return;
        };
        replies.push(reply);
        // A full disk may have rolled the whole transaction back.
        if connection.is_autocommit() {
            answer(replies, Err(StoreError::Full));
            return;
        }
        next = (replies.len() < GROUP_LEN_MAX)
            .then(|| jobs.try_recv().ok())
            .flatten();
    }
    let committed = execute(connection, "COMMIT");
    if let Err(error) = committed {
        tracing::error!(%error, "cannot commit");
        let _ = execute(connection, "ROLLBACK");
    }
    answer(replies, committed);
}

fn answer(replies: Vec<Reply>, committed: Result<(), StoreError>) {
    for reply in replies {
        reply(committed);
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    execute(connection, "SAVEPOINT work")?;
    let outcome = work(connection);
    if outcome.is_err() {
        // Fails if the whole transaction is gone, which the group notices.
        let _ = execute(connection, "ROLLBACK TO work");
    }
    if !connection.is_autocommit() {
        execute(connection, "RELEASE work")?;
    }
    outcome
}

fn execute(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let run = || connection.prepare_cached(sql)?.execute([]);
    run().map(|_| ()).map_err(|error| store_error(&error))
}
