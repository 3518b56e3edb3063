//! Devices that are managed, and keys for programs.

use crate::contract::{NOW_MS, add_link, create_vault, device, hash, sign_in};
use sync_core::message::VaultSettings;
use sync_server::store::{
    AddApiKey, ApiKeyAdded, Found, LinkAdded, Member, SessionFound, SignInOutcome, Store, WhenFull,
};
use vault_types::{AccountId, DeviceId, limits};

fn member<S: Store>(store: &S, device_id: DeviceId) -> Member {
    Member {
        account_id: store.owner(),
        device_id,
    }
}

fn foreign(device_id: DeviceId) -> Member {
    Member {
        account_id: AccountId::from_random([77; 16]),
        device_id,
    }
}

async fn enter<S: Store>(store: &S, number: u8) {
    add_link(store, number, NOW_MS, WhenFull::Refuse).await;
    let outcome = sign_in(store, number, number, NOW_MS).await;
    assert!(matches!(outcome, SignInOutcome::SignedIn(_)), "{number}");
}

async fn found<S: Store>(store: &S, number: u8) -> SessionFound {
    store.session(hash(100 + number), NOW_MS).await.unwrap()
}

pub(crate) async fn a_revoked_device_is_out_until_it_signs_in_again<S: Store>(store: &S) {
    enter(store, 1).await;
    enter(store, 2).await;
    let open = add_link(store, 3, NOW_MS, WhenFull::Refuse).await;
    assert!(matches!(open, LinkAdded::Open { .. }));
    let second = member(store, device(2));
    for nobody in [foreign(device(2)), member(store, device(9))] {
        let changed = store.revoke_device(nobody, NOW_MS).await;
        assert_eq!(changed, Ok(Found::Unknown));
        let changed = store.rename_device(nobody, "Mine".to_owned()).await;
        assert_eq!(changed, Ok(Found::Unknown));
    }
    assert!(matches!(found(store, 2).await, SessionFound::Live(_)));
    assert_eq!(
        store.revoke_device(second, NOW_MS + 5).await,
        Ok(Found::Done)
    );
    assert_eq!(
        store.revoke_device(second, NOW_MS + 6).await,
        Ok(Found::Done)
    );
    assert_eq!(found(store, 2).await, SessionFound::Revoked);
    assert!(matches!(found(store, 1).await, SessionFound::Live(_)));
    // A link that was open is closed.
    let outcome = sign_in(store, 3, 3, NOW_MS).await;
    assert_eq!(outcome, SignInOutcome::LinkInvalid);
    let renamed = store.rename_device(second, "Lost phone".to_owned()).await;
    assert_eq!(renamed, Ok(Found::Done));
    let rows = store.devices(store.owner()).await.unwrap();
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.name.as_str(), row.revoked_ms))
        .collect();
    assert_eq!(seen, [("device 1", None), ("Lost phone", Some(NOW_MS + 5))]);
    enter(store, 2).await;
    assert!(matches!(found(store, 2).await, SessionFound::Live(_)));
    let rows = store.devices(store.owner()).await.unwrap();
    assert!(rows.iter().all(|row| row.revoked_ms.is_none()));
}

pub(crate) async fn a_revoked_session_does_not_lock_a_strict_vault<S: Store>(store: &S) {
    enter(store, 1).await;
    create_vault(store).await;
    let strict = VaultSettings { strict: true };
    let kept = store.keep_settings(store.owner(), strict).await;
    assert_eq!(kept, Ok(Ok(())));
    let first = member(store, device(1));
    store.revoke_device(first, NOW_MS).await.unwrap();
    let later_ms = NOW_MS + limits::SESSION_LIFE_S * 1000;
    assert_eq!(store.end_expired_sessions(later_ms).await, Ok(1));
    let vault = store.vault(store.owner()).await.unwrap().unwrap();
    assert_eq!(vault.lock, None);
    assert_eq!(found(store, 1).await, SessionFound::Unknown);
}

pub(crate) async fn revoked_devices_make_room_for_others<S: Store>(store: &S) {
    let max = u8::try_from(limits::DEVICES_MAX).unwrap();
    for number in 0..max {
        enter(store, number).await;
    }
    add_link(store, 90, NOW_MS, WhenFull::Refuse).await;
    let full = sign_in(store, 90, 90, NOW_MS).await;
    assert_eq!(full, SignInOutcome::TooManyDevices);
    let first = member(store, device(0));
    store.revoke_device(first, NOW_MS).await.unwrap();
    enter(store, 90).await;
    let rows = store.devices(store.owner()).await.unwrap();
    assert_eq!(rows.len(), limits::DEVICES_MAX + 1);
}

pub(crate) async fn keys_for_programs_are_kept_found_and_ended<S: Store>(store: &S) {
    let add = |number: u8, account_id: AccountId| AddApiKey {
        token_hash: hash(number),
        member: Member {
            account_id,
            device_id: device(number),
        },
        name: format!("key {number}"),
        now_ms: NOW_MS + u64::from(number),
    };
    assert_eq!(store.api_key(hash(1)).await, Ok(None));
    let max = u8::try_from(limits::API_KEYS_MAX).unwrap();
    for number in 1..=max {
        let added = store.add_api_key(add(number, store.owner())).await;
        assert_eq!(added, Ok(ApiKeyAdded::Added));
    }
    let added = store.add_api_key(add(99, store.owner())).await;
    assert_eq!(added, Ok(ApiKeyAdded::TooMany));
    assert_eq!(store.api_key(hash(99)).await, Ok(None));
    let found = store.api_key(hash(7)).await.unwrap().unwrap();
    assert_eq!(found.member, member(store, device(7)));
    assert_eq!(found.last_used_ms, None);
    store.touch_api_key(hash(7), NOW_MS + 500).await.unwrap();
    let rows = store.api_keys(store.owner()).await.unwrap();
    assert_eq!(rows.len(), limits::API_KEYS_MAX);
    assert_eq!(rows[6].name, "key 7");
    assert_eq!(rows[6].last_used_ms, Some(NOW_MS + 500));
    let nobodys = store.api_keys(AccountId::from_random([77; 16])).await;
    assert_eq!(nobodys, Ok(Vec::new()));
    let changed = store.revoke_api_key(foreign(device(7))).await;
    assert_eq!(changed, Ok(Found::Unknown));
    assert!(store.api_key(hash(7)).await.unwrap().is_some());
    let changed = store.revoke_api_key(member(store, device(7))).await;
    assert_eq!(changed, Ok(Found::Done));
    assert_eq!(store.api_key(hash(7)).await, Ok(None));
}
