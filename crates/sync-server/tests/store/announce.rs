//! The facts about announcements, over any store.

use crate::contract::{
    NOW_MS, VAULT, add_link, create_vault, device, hash, op, sign_in, slot_list, upload,
};
use std::time::Duration;
use sync_core::message::{LockedBy, ReplaceSlots, VaultLock, VaultSettings};
use sync_core::{Head, Unlocker};
use sync_server::store::{LogoutEverywhere, NewLock, News, Store, Subscription, Unlock, WhenFull};
use vault_types::{AccountId, Cursor, LockReason, LockTier, limits};

/// Longer than an announcement takes through another process, shorter than
/// anybody waits.
const SOON: Duration = Duration::from_secs(20);
/// In which nothing is heard where nothing is announced.
const SILENCE: Duration = Duration::from_millis(100);

async fn next(listener: &mut Subscription) -> News {
    tokio::time::timeout(SOON, listener.changed())
        .await
        .expect("an announcement")
}

async fn is_silent(listener: &mut Subscription) -> bool {
    tokio::time::timeout(SILENCE, listener.changed())
        .await
        .is_err()
}

fn own_lock<S: Store>(store: &S) -> NewLock {
    NewLock {
        account_id: store.owner(),
        lock: VaultLock {
            locked_at_ms: NOW_MS,
            reason: LockReason::Manual,
            enforce_tier: LockTier::Vault,
            by: LockedBy::Device,
            device_id: Some(device(1)),
            statement: None,
        },
    }
}

pub(crate) async fn a_new_head_is_announced_once_it_can_be_read<S: Store>(store: &S) {
    create_vault(store).await;
    let mut listener = store.announcements().subscribe(store.owner());
    let uploaded = store.upload(upload(store, 1, vec![op(1, 1)])).await;
    let head = uploaded.unwrap().unwrap().head();
    assert!(next(&mut listener).await.state);
    let vault = store.vault(store.owner()).await.unwrap().unwrap();
    assert_eq!(vault.head, head);
    // The same once more changes nothing.
    let again = store.upload(upload(store, 1, vec![op(1, 1)])).await;
    assert_eq!(again.unwrap().unwrap().head(), head);
    assert!(is_silent(&mut listener).await);
}

pub(crate) async fn what_is_stored_is_announced_though_its_caller_went<S: Store>(store: &S) {
    create_vault(store).await;
    let mut known = Head::default();
    for number in 0..20 {
        let mut listener = store.announcements().subscribe(store.owner());
        let call = store.upload(upload(store, 1, vec![op(1, number)]));
        // Polled once, then dropped, as when a client hangs up.
        let _ = tokio::time::timeout(Duration::ZERO, call).await;
        store.check().await.unwrap();
        let vault = store.vault(store.owner()).await.unwrap().unwrap();
        if vault.head != known {
            known = vault.head;
            assert!(next(&mut listener).await.state, "{number}");
        }
    }
    assert_ne!(
        known.cursor,
        Cursor(0),
        "none was stored: this tests nothing"
    );
}

pub(crate) async fn locks_and_keys_are_announced_and_refusals_are_not<S: Store>(store: &S) {
    let owner = store.owner();
    let mut listener = store.announcements().subscribe(owner);
    let lift = Unlock {
        account_id: owner,
        unlocker: Unlocker::Device,
        locked_at_ms: None,
    };
    assert!(store.lock_vault(own_lock(store)).await.unwrap().is_err());
    assert!(is_silent(&mut listener).await);
    create_vault(store).await;
    assert!(next(&mut listener).await.state);
    store.lock_vault(own_lock(store)).await.unwrap().unwrap();
    assert!(next(&mut listener).await.state);
    let slots = || ReplaceSlots::from(slot_list(2));
    assert!(store.replace_slots(owner, slots()).await.unwrap().is_err());
    assert!(is_silent(&mut listener).await);
    store.unlock_vault(lift).await.unwrap().unwrap();
    assert!(next(&mut listener).await.state);
    store.replace_slots(owner, slots()).await.unwrap().unwrap();
    assert!(next(&mut listener).await.state);
    store.reset_vault(owner, VAULT).await.unwrap().unwrap();
    assert!(next(&mut listener).await.state);
}

pub(crate) async fn the_end_of_a_session_is_announced<S: Store>(store: &S) {
    let owner = store.owner();
    create_vault(store).await;
    let settings = VaultSettings { strict: true };
    store.keep_settings(owner, settings).await.unwrap().unwrap();
    let mut listener = store.announcements().subscribe(owner);
    for number in 1..=3 {
        add_link(store, number, NOW_MS, WhenFull::Refuse).await;
        sign_in(store, number, number, NOW_MS).await;
        // It ends any other session of its device.
        assert!(next(&mut listener).await.sessions, "{number}");
    }
    store.sign_out(hash(101)).await.unwrap();
    assert!(next(&mut listener).await.sessions);
    store.sign_out(hash(101)).await.unwrap();
    assert!(is_silent(&mut listener).await, "it had ended");
    let end_ms = NOW_MS + limits::SESSION_LIFE_S * 1000;
    store.touch_session(hash(102), end_ms - 1).await.unwrap();
    assert_eq!(store.end_expired_sessions(end_ms).await, Ok(1));
    let news = next(&mut listener).await;
    assert!(news.sessions && news.state, "it locked the strict vault");
    let logout = LogoutEverywhere {
        account_id: owner,
        lock: own_lock(store).lock,
    };
    store.logout_everywhere(logout).await.unwrap();
    assert!(next(&mut listener).await.sessions);
}

pub(crate) async fn another_account_hears_nothing<S: Store>(store: &S) {
    create_vault(store).await;
    let stranger = AccountId::from_random([66; 16]);
    let mut listener = store.announcements().subscribe(stranger);
    let uploaded = store.upload(upload(store, 1, vec![op(1, 1)])).await;
    uploaded.unwrap().unwrap();
    store.lock_vault(own_lock(store)).await.unwrap().unwrap();
    assert!(is_silent(&mut listener).await);
}
