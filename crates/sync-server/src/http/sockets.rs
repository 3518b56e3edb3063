//! Which sockets are open: how many may be, what those of one account share,
//! and how they end with the server.

use axum::body::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use vault_types::{AccountId, DeviceId, limits};

/// For so long what was read of the store is told to further sockets; the
/// next beat after it brings out a change that nobody announced.
const READ_AGE_MAX: Duration = Duration::from_secs(20);
/// How long sockets may take to close when the server stops.
const CLOSING_TIME_MAX: Duration = Duration::from_secs(3);

/// Every open socket.
pub(crate) struct Sockets {
    table: Mutex<Table>,
    stops: watch::Sender<bool>,
    /// The last socket closed.
    drained: Notify,
}

#[derive(Default)]
struct Table {
    total: usize,
    accounts: HashMap<AccountId, AccountSockets>,
}

#[derive(Default)]
struct AccountSockets {
    total: usize,
    devices: HashMap<DeviceId, usize>,
    latest: Arc<tokio::sync::Mutex<Option<Latest>>>,
}

/// What was last read for an account.
struct Latest {
    version: u64,
    read_at: Instant,
    announced: Announced,
}

/// What sockets tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Announced {
    /// A poll's answer, encoded once for all.
    State(Bytes),
    /// The account has no vault any more.
    NoVault,
}

/// Why a socket is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowded {
    /// The device or its account has too many.
    Own,
    /// The server has too many, or stops.
    All,
}

impl Default for Sockets {
    fn default() -> Self {
        Self {
            table: Mutex::default(),
            stops: watch::Sender::new(false),
            drained: Notify::new(),
        }
    }
}

impl Sockets {
    /// Lets one more in, unless there are too many.
    pub(super) fn admit(
        self: &Arc<Self>,
        account_id: AccountId,
        device_id: DeviceId,
    ) -> Result<Place, Crowded> {
        let mut table = self.lock();
        if table.total >= limits::SOCKETS_MAX || *self.stops.borrow() {
            return Err(Crowded::All);
        }
        let account = table.accounts.entry(account_id).or_default();
        let of_device = account.devices.get(&device_id).copied().unwrap_or(0);
        if account.total >= limits::SOCKETS_OF_ACCOUNT_MAX
            || of_device >= limits::SOCKETS_OF_DEVICE_MAX
        {
            return Err(Crowded::Own);
        }
        account.total += 1;
        account.devices.insert(device_id, of_device + 1);
        let latest = account.latest.clone();
        table.total += 1;
        Ok(Place {
            sockets: self.clone(),
            account_id,
            device_id,
            latest,
        })
    }

    /// Becomes true when the server stops.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stops.subscribe()
    }

    /// Has every socket close and lets no more in.
    pub(crate) fn stop(&self) {
        self.stops.send_replace(true);
    }

    /// Waits until all have closed, for a while.
    pub(crate) async fn closed(&self) {
        let _ = tokio::time::timeout(CLOSING_TIME_MAX, async {
            loop {
                let drained = self.drained.notified();
                if self.lock().total == 0 {
                    return;
                }
                drained.await;
            }
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, account_id: AccountId, device_id: DeviceId) {
        let mut table = self.lock();
        table.total -= 1;
        if table.total == 0 {
            self.drained.notify_waiters();
        }
        let Some(account) = table.accounts.get_mut(&account_id) else {
            return;
        };
        account.total -= 1;
        match account.devices.get_mut(&device_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                account.devices.remove(&device_id);
            }
        }
        if account.total == 0 {
            table.accounts.remove(&account_id);
        }
    }
}

/// An open socket's place among the others; given back when dropped.
pub(super) struct Place {
    sockets: Arc<Sockets>,
    account_id: AccountId,
    device_id: DeviceId,
    latest: Arc<tokio::sync::Mutex<Option<Latest>>>,
}

impl Place {
    pub(super) const fn device_id(&self) -> DeviceId {
        self.device_id
    }

    /// What there is to tell at a version: read once for all sockets of the
    /// account that ask for it. `read` is not begun where it is not needed.
    pub(super) async fn announced<E>(
        &self,
        version: u64,
        read: impl Future<Output = Result<Announced, E>>,
    ) -> Result<Announced, E> {
        let mut latest = self.latest.lock().await;
        if let Some(known) = latest.as_ref()
            && known.version >= version
            && known.read_at.elapsed() < READ_AGE_MAX
        {
            return Ok(known.announced.clone());
        }
        let announced = read.await?;
        *latest = Some(Latest {
            version,
            read_at: Instant::now(),
            announced: announced.clone(),
        });
        Ok(announced)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sockets.leave(self.account_id, self.device_id);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use std::cell::Cell;

    const ONE: AccountId = AccountId::from_bytes([1; 16]);
    const OTHER: AccountId = AccountId::from_bytes([2; 16]);

    fn device(number: usize) -> DeviceId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        DeviceId::from_bytes(bytes)
    }

    fn admit_all(
        sockets: &Arc<Sockets>,
        account_id: AccountId,
        devices: impl Iterator<Item = usize>,
    ) -> Vec<Place> {
        devices
            .map_while(|number| sockets.admit(account_id, device(number)).ok())
            .collect()
    }

    #[test]
    fn a_device_an_account_and_the_server_have_so_many_and_no_more() {
        let sockets = Arc::new(Sockets::default());
        let of_device = admit_all(&sockets, ONE, std::iter::repeat(7));
        assert_eq!(of_device.len(), limits::SOCKETS_OF_DEVICE_MAX);
        let of_account = admit_all(&sockets, ONE, 100..);
        let account = of_device.len() + of_account.len();
        assert_eq!(account, limits::SOCKETS_OF_ACCOUNT_MAX);
        let first = sockets.admit(OTHER, device(7));
        assert!(first.is_ok(), "others go on");
        let mut all = vec![of_device, of_account];
        let mut total = account + 1;
        for number in 3..200 {
            let places = admit_all(&sockets, AccountId::from_bytes([number; 16]), 0..);
            total += places.len();
            all.push(places);
        }
        assert_eq!(total, limits::SOCKETS_MAX);
        assert!(matches!(sockets.admit(OTHER, device(8)), Err(Crowded::All)));
        drop((all, first));
        assert!(sockets.lock().accounts.is_empty());
        assert_eq!(sockets.lock().total, 0);
    }

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let sockets = Arc::new(Sockets::default());
        let mut places = admit_all(&sockets, ONE, std::iter::repeat(7));
        assert!(matches!(sockets.admit(ONE, device(7)), Err(Crowded::Own)));
        places.pop();
        assert!(sockets.admit(ONE, device(7)).is_ok());
    }

    #[tokio::test]
    async fn what_is_announced_is_read_once_a_version() {
        let sockets = Arc::new(Sockets::default());
        let places = admit_all(&sockets, ONE, 0..3);
        let reads = Cell::new(0_u8);
        let ask = |place: usize, version| {
            let (places, reads) = (&places, &reads);
            async move {
                let read = async {
                    reads.set(reads.get() + 1);
                    Ok::<_, ()>(Announced::State(Bytes::from(vec![reads.get()])))
                };
                places[place].announced(version, read).await.unwrap()
            }
        };
        let first = ask(0, 5).await;
        assert_eq!(ask(1, 5).await, first);
        assert_eq!(ask(2, 4).await, first, "newer than asked for");
        assert_ne!(ask(2, 6).await, first);
        assert_eq!(reads.get(), 2);
    }

    #[tokio::test]
    async fn stopping_waits_for_the_last_one_and_lets_no_more_in() {
        let sockets = Arc::new(Sockets::default());
        let place = sockets.admit(ONE, device(1)).ok().unwrap();
        let mut stopping = sockets.stopping();
        let leaving = tokio::spawn(async move {
            stopping.wait_for(|stops| *stops).await.unwrap();
            drop(place);
        });
        sockets.stop();
        sockets.closed().await;
        assert_eq!(sockets.lock().total, 0);
        assert!(matches!(sockets.admit(ONE, device(1)), Err(Crowded::All)));
        leaving.await.unwrap();
    }
}
