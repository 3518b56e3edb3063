//! A vault's lock for every device, and how sessions end.

use crate::client::{Client, Device};
use crate::process::Folders;
use crate::protect::{lock_request, poll};
use sync_core::endpoint;
use sync_core::message::{
    LockedBy, LogoutEverywhereRequest, UnlockVaultRequest, VaultInfo, VaultLock, VaultSettings,
};
use vault_types::{LockReason, LockTier, OpaqueBytes, VaultId};

fn unlock(client: &Client, locked_at_ms: Option<u64>) -> crate::client::Answer {
    client.post_json(endpoint::UNLOCK, &UnlockVaultRequest { locked_at_ms })
}

#[test]
fn a_lock_is_seen_and_lifted_by_another_device() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let lock: VaultLock = device
        .client
        .post_json(endpoint::LOCK, &lock_request())
        .json();
    assert_eq!(lock.by, LockedBy::Device);
    assert_eq!(lock.device_id, Some(device.session.device_id));
    assert_eq!(lock.statement, Some(lock_request().statement));
    assert_eq!(poll(&second).lock, Some(lock.clone()));
    let info: VaultInfo = second.client.request(endpoint::VAULT).json();
    assert_eq!(info.lock, Some(lock.clone()));
    let again: VaultLock = second
        .client
        .post_json(endpoint::LOCK, &lock_request())
        .json();
    assert_eq!(again, lock, "the first lock stands");
    let other = unlock(&second.client, Some(lock.locked_at_ms + 1));
    assert_eq!((other.status, other.code().as_str()), (423, "vault_locked"));
    assert_eq!(unlock(&second.client, Some(lock.locked_at_ms)).status, 204);
    assert_eq!(poll(&device).lock, None);
    assert_eq!(unlock(&second.client, None).status, 204, "there is none");
}

#[test]
fn a_lock_of_one_device_or_with_a_long_statement_is_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let mut request = lock_request();
    request.enforce_tier = LockTier::Device;
    let answer = device.client.post_json(endpoint::LOCK, &request);
    assert_eq!(answer.code(), "malformed");
    let mut request = lock_request();
    request.statement = OpaqueBytes::new(vec![0; 1025]);
    let answer = device.client.post_json(endpoint::LOCK, &request);
    assert_eq!(answer.code(), "limit_exceeded");
    assert_eq!(poll(&device).lock, None);
}

#[test]
fn an_administrators_lock_is_lifted_by_an_administrator_only() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    folders.run(&["lock"]);
    let lock = poll(&device).lock.unwrap();
    assert_eq!(
        (lock.by, lock.reason),
        (LockedBy::Server, LockReason::Administrator)
    );
    let answer = unlock(&device.client, None);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (423, "locked_by_server")
    );
    let id = vault.vault_id.to_string();
    folders.run(&["unlock", "--vault", &id]);
    assert_eq!(poll(&device).lock, None);
    let account = vault.account_id.to_string();
    folders.run(&["lock", "--account", &account]);
    assert!(poll(&device).lock.is_some());
    let nobodys = VaultId::from_random([9; 16]).to_string();
    let refused = folders.fail(&["lock", "--vault", &nobodys]);
    assert!(refused.contains("There is no such vault"), "{refused}");
}

#[test]
fn signing_out_everywhere_ends_every_session_and_locks_the_vault() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let open_link = folders.link();
    let request = LogoutEverywhereRequest { statement: None };
    let answer = device
        .client
        .post_json(endpoint::LOGOUT_EVERYWHERE, &request);
    assert_eq!(answer.status, 204);
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    for client in [&device.client, &second.client] {
        assert_eq!(client.request(endpoint::POLL).code(), "signed_out");
    }
    let used = crate::client::sign_in(&Client::new(&server), &open_link, 3);
    assert_eq!(used.code(), "link_invalid", "open links end too");
    let again = Device::sign_in(&server, &folders.link(), 2);
    assert_eq!(poll(&again).lock.unwrap().reason, LockReason::Logout);
    assert_eq!(unlock(&again.client, None).status, 204);
}

fn expire(folders: &Folders, device: &Device) {
    let database = folders.open_database();
    let id = device.session.device_id;
    let sql = "UPDATE session SET last_used_ms = 1 WHERE device_id = ?1";
    assert_eq!(database.execute(sql, [id.as_bytes()]), Ok(1));
}

#[test]
fn the_end_of_a_session_locks_a_strict_vault_and_no_other() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    for strict in [false, true] {
        let settings = serde_json::to_vec(&VaultSettings { strict }).unwrap();
        let headers = [("content-type", endpoint::JSON)];
        let kept = device
            .client
            .send("PUT", endpoint::SETTINGS, &headers, &settings);
        assert_eq!(kept.status, 204);
        let second = Device::sign_in(&server, &folders.link(), 2);
        expire(&folders, &second);
        assert_eq!(second.client.request(endpoint::POLL).code(), "signed_out");
        let lock = poll(&device).lock;
        assert_eq!(lock.is_some(), strict);
        if let Some(lock) = lock {
            assert_eq!(
                (lock.by, lock.reason),
                (LockedBy::Server, LockReason::SessionExpired)
            );
        }
    }
    assert_eq!(unlock(&device.client, None).status, 204, "no lock-out");
}

#[test]
fn a_restarted_server_ends_sessions_that_ran_out_meanwhile() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let settings = serde_json::to_vec(&VaultSettings { strict: true }).unwrap();
    let headers = [("content-type", endpoint::JSON)];
    device
        .client
        .send("PUT", endpoint::SETTINGS, &headers, &settings);
    Device::sign_in(&server, &folders.link(), 2);
    server.stop();
    folders
        .open_database()
        .execute("UPDATE session SET last_used_ms = 1", [])
        .unwrap();
    let server = folders.start();
    let again = Device::sign_in(&server, &server.link, 3);
    let expected = Some(LockReason::SessionExpired);
    let seen = (0..3_000).find_map(|_| {
        let lock = poll(&again).lock;
        if lock.is_none() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        lock
    });
    assert_eq!(seen.map(|lock| lock.reason), expected);
}
