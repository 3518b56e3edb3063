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
        self.write_then(work, |_| ()).await
    }

    /// The same, and does `then` after the commit, before the caller learns of
    /// it and also if the caller has gone.
    pub(super) async fn write_then<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let outcome = in_savepoint(connection, work);
            Box::new(move |committed| {
                if let (Ok(()), Ok(outcome)) = (committed, &outcome) {
                    then(outcome);
                }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn writer() -> (Writer, tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)")
            .unwrap();
        let reader = Connection::open(&path).unwrap();
        (Writer::start(connection).unwrap(), folder, reader)
    }

    fn insert(connection: &Connection, n: i64) -> Result<(), StoreError> {
        let inserted = connection.execute("INSERT INTO t VALUES (?1)", [n]);
        inserted.map(|_| ()).map_err(|error| store_error(&error))
    }

    fn held(reader: &Connection) -> Vec<i64> {
        let mut statement = reader.prepare("SELECT n FROM t ORDER BY n").unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Holds the writer until told, so that what follows forms one group.
    async fn group_behind_a_gate(writer: &Writer, jobs: impl Future<Output = ()>) {
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let gate = writer.write(move |_| {
            let _ = gate.recv();
            Ok(())
        });
        let release = async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            drop(open);
        };
        let (gated, (), ()) = tokio::join!(gate, jobs, release);
        gated.unwrap();
    }

    #[tokio::test]
    async fn work_is_committed_when_its_caller_learns_of_it() {
        let (writer, _folder, reader) = writer();
        writer
            .write(|connection| insert(connection, 1))
            .await
            .unwrap();
        assert_eq!(held(&reader), [1]);
    }

    #[tokio::test]
    async fn a_failure_undoes_its_own_work_only() {
        let (writer, _folder, reader) = writer();
        let jobs = async {
            let (first, second, third) = tokio::join!(
                writer.write(|connection| insert(connection, 1)),
                writer.write(|connection| {
                    insert(connection, 2)?;
                    Err::<(), _>(StoreError::Busy)
                }),
                writer.write(|connection| insert(connection, 3)),
            );
            assert_eq!(
                (first, second, third),
                (Ok(()), Err(StoreError::Busy), Ok(()))
            );
        };
        group_behind_a_gate(&writer, jobs).await;
        assert_eq!(held(&reader), [1, 3]);
    }

    #[tokio::test]
    async fn a_panic_commits_nothing_of_its_group_and_the_writer_goes_on() {
        let (writer, _folder, reader) = writer();
        let first = writer
            .write(|connection| {
                insert(connection, 1)?;
                if connection.is_autocommit() {
                    return Ok(());
                }
                panic!("in the middle")
            })
            .await;
        let second = writer.write(|connection| insert(connection, 2)).await;
        assert_eq!(first, Err(StoreError::Stopped));
        assert_eq!(second, Ok(()));
        assert_eq!(held(&reader), [2]);
    }

    #[tokio::test]
    async fn a_stopped_writer_has_written_what_was_queued() {
        let (writer, _folder, reader) = writer();
        let writer = std::sync::Arc::new(writer);
        writer
            .write(|connection| insert(connection, 1))
            .await
            .unwrap();
        writer.stop();
        let late = writer.write(|connection| insert(connection, 2)).await;
        assert_eq!(late, Err(StoreError::Stopped));
        assert_eq!(held(&reader), [1]);
    }
}
