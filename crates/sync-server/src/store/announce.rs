//! What changed, told to whoever waits for it: a store announces after its
//! commits, sockets subscribe to their account.
//!
//! An announcement carries nothing but which account and what kind; whoever
//! hears it reads the store. So a slow listener misses nothing: however much
//! is announced before it looks, it finds the latest state, and holds two
//! numbers meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use vault_types::AccountId;

/// What a commit changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Changed {
    /// The history has a new head.
    Head,
    /// The lock was set or lifted.
    Lock,
    /// Key slots, recovery codes or the key's epoch.
    Keys,
    /// The vault was made or destroyed.
    Vault,
    /// A session of the account ended.
    Sessions,
}

impl Changed {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Head,
        Self::Lock,
        Self::Keys,
        Self::Vault,
        Self::Sessions,
    ];
}

/// The number of the last announcement of each sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    state: u64,
    sessions: u64,
}

impl Marks {
    fn note(&mut self, changed: Changed, number: u64) {
        match changed {
            Changed::Sessions => self.sessions = number,
            Changed::Head | Changed::Lock | Changed::Keys | Changed::Vault => self.state = number,
        }
    }
}

#[derive(Debug, Default)]
struct Table {
    /// The number of the last announcement to whichever account.
    last: u64,
    accounts: HashMap<AccountId, watch::Sender<Marks>>,
}

/// Where stores announce and sockets listen. Clones are the same place.
///
/// Holds one small entry for each account that somebody listens to.
#[derive(Debug, Clone, Default)]
pub struct Announcements {
    table: Arc<Mutex<Table>>,
}

impl Announcements {
    /// Tells whoever listens to an account. To be called after the commit,
    /// also if whoever asked for it has gone; never before.
    pub fn announce(&self, account_id: AccountId, changed: Changed) {
        let mut table = self.lock();
        table.last += 1;
        let number = table.last;
        if let Some(sender) = table.accounts.get(&account_id) {
            sender.send_modify(|marks| marks.note(changed, number));
        }
    }

    /// Tells everybody that anything may have changed: another process wrote,
    /// or announcements were lost.
    pub fn announce_all(&self) {
        let mut table = self.lock();
        table.last += 1;
        let number = table.last;
        for sender in table.accounts.values() {
            sender.send_replace(Marks {
                state: number,
                sessions: number,
            });
        }
    }

    /// Listens to an account from now on.
    #[must_use]
    pub fn subscribe(&self, account_id: AccountId) -> Subscription {
        let mut table = self.lock();
        let start = Marks {
            state: table.last,
            sessions: table.last,
        };
        let sender = table
            .accounts
            .entry(account_id)
            .or_insert_with(|| watch::Sender::new(start));
        let mut receiver = sender.subscribe();
        let seen = *receiver.borrow_and_update();
        Subscription {
            hub: self.clone(),
            account_id,
            receiver,
            seen,
        }
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        !self.lock().accounts.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was announced since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// Something that a poll would show.
    pub state: bool,
    /// A session may have ended.
    pub sessions: bool,
}

/// One listener. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    hub: Announcements,
    account_id: AccountId,
    receiver: watch::Receiver<Marks>,
    seen: Marks,
}

impl Subscription {
    /// Waits for the next announcement. Those that came meanwhile are one.
    /// Dropping the wait loses nothing.
    pub async fn changed(&mut self) -> News {
        // The sender lives as long as this subscription.
        let _ = self.receiver.changed().await;
        self.news()
    }

    /// What was announced since the last look, without waiting.
    pub fn news(&mut self) -> News {
        let now = *self.receiver.borrow_and_update();
        let before = core::mem::replace(&mut self.seen, now);
        News {
            state: now.state != before.state,
            sessions: now.sessions != before.sessions,
        }
    }

    /// The number of the last announcement about the state that was looked
    /// at. It only rises, also over other subscriptions: what the store was
    /// read for at one number need not be read again for the same.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.seen.state
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut table = self.hub.lock();
        let sender = table.accounts.get(&self.account_id);
        // The last one, under the lock that a new one would need.
        if sender.is_some_and(|sender| sender.receiver_count() <= 1) {
            table.accounts.remove(&self.account_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    const ONE: AccountId = AccountId::from_bytes([1; 16]);
    const OTHER: AccountId = AccountId::from_bytes([2; 16]);

    async fn is_silent(subscription: &mut Subscription) -> bool {
        timeout(Duration::from_millis(20), subscription.changed())
            .await
            .is_err()
    }

    #[tokio::test]
    async fn a_listener_hears_its_own_account_only() {
        let hub = Announcements::default();
        let mut one = hub.subscribe(ONE);
        let mut other = hub.subscribe(OTHER);
        hub.announce(ONE, Changed::Head);
        let news = one.changed().await;
        assert!(news.state && !news.sessions);
        assert!(is_silent(&mut other).await);
    }

    #[tokio::test]
    async fn many_announcements_are_one_to_a_slow_listener() {
        let hub = Announcements::default();
        let mut slow = hub.subscribe(ONE);
        for _ in 0..10_000 {
            hub.announce(ONE, Changed::Head);
        }
        hub.announce(ONE, Changed::Sessions);
        let news = slow.changed().await;
        assert!(news.state && news.sessions);
        assert!(is_silent(&mut slow).await);
        hub.announce(ONE, Changed::Lock);
        let later = slow.changed().await;
        assert!(later.state && !later.sessions);
    }

    #[tokio::test]
    async fn what_was_announced_before_is_not_news() {
        let hub = Announcements::default();
        let first = hub.subscribe(ONE);
        hub.announce(ONE, Changed::Keys);
        let mut second = hub.subscribe(ONE);
        assert!(is_silent(&mut second).await);
        drop(first);
        hub.announce(ONE, Changed::Vault);
        assert!(second.changed().await.state);
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_loses_nothing() {
        let hub = Announcements::default();
        let mut listener = hub.subscribe(ONE);
        assert!(is_silent(&mut listener).await);
        hub.announce_all();
        let news = listener.changed().await;
        assert!(news.state && news.sessions);
    }

    #[test]
    fn versions_rise_also_over_subscriptions_and_while_nobody_listens() {
        let hub = Announcements::default();
        let mut first = hub.subscribe(ONE);
        hub.announce(ONE, Changed::Head);
        first.news();
        let before = first.version();
        drop(first);
        assert!(hub.subscribe(ONE).version() >= before);
        hub.announce(ONE, Changed::Head);
        assert!(hub.subscribe(ONE).version() > before);
    }

    #[test]
    fn nobody_is_remembered_who_does_not_listen() {
        let hub = Announcements::default();
        hub.announce(ONE, Changed::Head);
        assert!(!hub.is_heard());
        let listeners = [hub.subscribe(ONE), hub.subscribe(ONE), hub.subscribe(OTHER)];
        assert!(hub.is_heard());
        drop(listeners);
        assert!(!hub.is_heard());
    }
}
