//! Uploads of one account wait for each other in a queue, and what waits is
//! written together: one transaction, one lock of the vault's row, one commit.

use super::connections::Connections;
use super::history;
use super::notify::Notifier;
use crate::store::{Outcome, StoreError, Upload};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use sync_core::message::UploadResponse;
use tokio::sync::oneshot;
use vault_types::AccountId;

/// Uploads of one transaction.
const GROUP_LEN_MAX: usize = 256;
/// Bytes of operations of one transaction, but always one upload.
const GROUP_BYTES_MAX: usize = 16 << 20;

/// What an upload came to.
type Answer = Result<Outcome<UploadResponse>, StoreError>;

struct Waiting {
    /// `None` for who only wants to know when all before it is done.
    upload: Option<Upload>,
    answer: oneshot::Sender<Option<Answer>>,
}

/// The accounts that are being written for, and what waits for each.
type Queues = Arc<Mutex<HashMap<AccountId, VecDeque<Waiting>>>>;

/// Appends to histories.
pub(super) struct Appender {
    connections: Arc<Connections>,
    notifier: Arc<Notifier>,
    queues: Queues,
}

impl Appender {
    /// An appender through those connections.
    pub(super) fn new(connections: Arc<Connections>, notifier: Arc<Notifier>) -> Self {
        Self {
            connections,
            notifier,
            queues: Queues::default(),
        }
    }

    /// Appends, and returns after the commit. It is done also when nobody
    /// waits for it any more.
    pub(super) async fn append(&self, upload: Upload) -> Answer {
        let answer = self.wait(upload.account_id, Some(upload)).await;
        answer.unwrap_or(Err(StoreError::Stopped))
    }

    /// Returns when all uploads of an account that wait now are done.
    pub(super) async fn settle(&self, account_id: AccountId) -> Result<(), StoreError> {
        self.wait(account_id, None).await;
        Ok(())
    }

    async fn wait(&self, account_id: AccountId, upload: Option<Upload>) -> Option<Answer> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { upload, answer };
        let is_first = {
            let mut queues = lock(&self.queues);
            let is_first = !queues.contains_key(&account_id);
            queues.entry(account_id).or_default().push_back(waiting);
            is_first
        };
        if is_first {
            let (connections, notifier) = (self.connections.clone(), self.notifier.clone());
            let queues = self.queues.clone();
            tokio::spawn(async move {
                while let Some(group) = take_group(&queues, account_id) {
                    let (connections, notifier) = (connections.clone(), notifier.clone());
                    // A task of its own: a panic ends the group and no other.
                    let work = write(connections, notifier, account_id, group);
                    let _ = tokio::spawn(work).await;
                }
            });
        }
        answered.await.ok().flatten()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is written next for an account; `None`, and nobody writes for it any
/// more, if nothing waits.
fn take_group(queues: &Queues, account_id: AccountId) -> Option<Vec<Waiting>> {
    let mut queues = lock(queues);
    let queue = queues.get_mut(&account_id)?;
    if queue.is_empty() {
        queues.remove(&account_id);
        return None;
    }
    let mut group = Vec::new();
    let mut bytes = 0;
    while let Some(next) = queue.pop_front_if(|next| {
        bytes += next.upload.as_ref().map_or(0, size);
        group.is_empty() || (group.len() < GROUP_LEN_MAX && bytes <= GROUP_BYTES_MAX)
    }) {
        group.push(next);
    }
    Some(group)
}

fn size(upload: &Upload) -> usize {
    upload.changes.iter().map(|op| op.as_slice().len()).sum()
}

async fn write(
    connections: Arc<Connections>,
    notifier: Arc<Notifier>,
    account_id: AccountId,
    group: Vec<Waiting>,
) {
    let (mut answers, mut uploads) = (Vec::new(), Vec::new());
    for waiting in group {
        answers.push((waiting.answer, waiting.upload.is_some()));
        uploads.extend(waiting.upload);
    }
    let outcome = if uploads.is_empty() {
        Ok(Vec::new())
    } else {
        history::append(&connections, &notifier, account_id, &uploads).await
    };
    let mut outcomes = match outcome {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error); uploads.len()],
    }
    .into_iter();
    for (answer, is_upload) in answers {
        // Who asked may have gone; it is done all the same.
        let _ = answer.send(if is_upload { outcomes.next() } else { None });
    }
}
