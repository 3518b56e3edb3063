//! Who is let in, and to what.

use crate::client::{Client, Device, device_id, sign_in};
use crate::process::{Folders, Server};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use sync_core::endpoint;
use sync_core::message::{DownloadRequest, SignInRequest, VaultInfo};
use vault_types::{AccountId, Cursor, VaultId};

#[test]
fn a_link_works_once() {
    let folders = Folders::new();
    let server = folders.start();
    Device::sign_in(&server, &server.link, 1);
    let again = sign_in(&Client::new(&server), &server.link, 2);
    assert_eq!((again.status, again.code().as_str()), (403, "link_invalid"));
}

#[test]
fn links_that_are_unknown_expired_or_no_links_get_one_answer() {
    let folders = Folders::new();
    let server = folders.start();
    let database = folders.open_database();
    let changed = database
        .execute("UPDATE link SET expires_at_ms = 1", [])
        .unwrap();
    assert_eq!(changed, 1);
    let client = Client::new(&server);
    let unknown = "A".repeat(43);
    let bodies: BTreeSet<Vec<u8>> = [server.link.as_str(), &unknown, "", "#", "https://x/#y"]
        .into_iter()
        .map(|link| {
            let answer = sign_in(&client, link, 1);
            assert_eq!(answer.code(), "link_invalid", "{link}");
            assert_eq!(answer.header("set-cookie"), "");
            answer.body
        })
        .collect();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn guessing_links_is_slowed_down() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    // 20 in a minute; a slow machine may need more than one minute for 20.
    let mut wrong = (0..1_000).map(|_| sign_in(&client, "wrong", 1).code());
    let refused = wrong.by_ref().position(|code| code == "slow_down");
    assert!(refused.is_some_and(|at| at >= 20), "{refused:?}");
    let answer = sign_in(&client, &server.link, 1);
    assert_eq!((answer.status, answer.code().as_str()), (429, "slow_down"));
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
}

#[test]
fn without_a_session_there_is_nothing() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let unknown = client.with_cookie(&format!("lockstep_session={}", "A".repeat(43)));
    let garbage = client.with_cookie("lockstep_session=garbage; other=1");
    for client in [&client, &unknown, &garbage] {
        for path in [
            endpoint::SESSION,
            endpoint::DEVICES,
            endpoint::VAULT,
            endpoint::SLOTS,
            endpoint::POLL,
            "/api/sync/delta?since=0",
        ] {
            let answer = client.request(path);
            assert_eq!((answer.status, answer.code().as_str()), (401, "signed_out"));
        }
        for path in [
            endpoint::LINKS,
            endpoint::VAULT,
            endpoint::UPLOAD,
            endpoint::DOWNLOAD,
        ] {
            assert_eq!(client.post_json(path, &()).code(), "signed_out", "{path}");
        }
        let slots = client.send("PUT", endpoint::SLOTS, &[], b"{}");
        assert_eq!(slots.code(), "signed_out");
        let end = client.send("DELETE", endpoint::SESSION, &[], &[]);
        assert_eq!(end.code(), "signed_out");
    }
}

#[test]
fn a_session_ends_by_sign_out_by_time_and_by_signing_in_again() {
    let folders = Folders::new();
    let server = folders.start();
    let device = Device::sign_in(&server, &server.link, 1);
    let again = Device::sign_in(&server, &folders.link(), 1);
    let old = device.client.request(endpoint::SESSION);
    assert_eq!(old.code(), "signed_out", "the same device signed in again");
    let end = again.client.send("DELETE", endpoint::SESSION, &[], &[]);
    assert_eq!(end.status, 204);
    assert!(end.header("set-cookie").contains("Max-Age=0"));
    let ended = again.client.request(endpoint::SESSION);
    assert_eq!(ended.code(), "signed_out");
    let other = Device::sign_in(&server, &folders.link(), 2);
    assert_eq!(other.client.request(endpoint::SESSION).status, 200);
    let database = folders.open_database();
    database
        .execute("UPDATE session SET last_used_ms = 1", [])
        .unwrap();
    let late = other.client.request(endpoint::SESSION);
    assert_eq!(late.code(), "signed_out");
}

#[test]
fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let folders = Folders::new();
    let server = folders.start();
    let answer = sign_in(&Client::new(&server), &server.link, 1);
    let cookie = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "plain http on localhost");
    let mut command = folders.serve();
    drop(server);
    command.args(["--public-url", "https://notes.example"]);
    let output = command.stdout(std::process::Stdio::piped()).spawn();
    let mut child = output.unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let first = lines.next().unwrap().unwrap();
    let second = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(first, "Lockstep is running at https://notes.example");
    assert!(second.starts_with("Sign in: https://notes.example/sign-in#"));
}

#[test]
fn requests_of_other_sites_are_refused() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let own = server.url.clone();
    for headers in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("origin", "http://localhost:1")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        for (method, path) in [
            ("POST", endpoint::SESSION),
            ("DELETE", endpoint::SESSION),
            ("POST", endpoint::LINKS),
            ("POST", endpoint::VAULT),
            ("PUT", endpoint::SLOTS),
            ("POST", endpoint::UPLOAD),
            ("POST", endpoint::DOWNLOAD),
        ] {
            let answer = device.client.send(method, path, &headers, b"{}");
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "foreign_origin"),
                "{method} {path} {headers:?}"
            );
        }
    }
    let headers = [("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    let answer = device.client.send("POST", endpoint::LINKS, &headers, &[]);
    assert_eq!(answer.status, 201);
}

#[test]
fn a_device_speaks_for_itself_only() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let mut upload = device.upload_request(&vault, &[device.op(1)]);
    upload.device_id = device_id(9);
    let answer = device.client.post_json(endpoint::UPLOAD, &upload);
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (403, "wrong_device")
    );
    let download = DownloadRequest {
        vault_id: vault.vault_id,
        device_id: device_id(9),
        since: Cursor(0),
        limit: None,
    };
    let answer = device.client.post_json(endpoint::DOWNLOAD, &download);
    assert_eq!(answer.code(), "wrong_device");
    let second = Device::sign_in(&server, &folders.link(), 2);
    let response = second.upload(&vault, &[device.op(1)]);
    assert_eq!(response.refused[0].code.as_str(), "wrong_device");
}

/// A session of another account, whose rows are written beside the server.
pub(crate) fn stranger(server: &Server, folders: &Folders) -> Client {
    let account = AccountId::from_random([99; 16]);
    let token = [42_u8; 32];
    let hash: [u8; 32] = Sha256::digest(token).into();
    let database = folders.open_database();
    let device = device_id(1);
    database
        .execute("INSERT INTO account VALUES (?1, 1)", [account.as_bytes()])
        .unwrap();
    database
        .execute(
            "INSERT INTO device (account_id, device_id, name, created_ms, last_seen_ms)
             VALUES (?1, ?2, 'other', 1, 1)",
            (account.as_bytes(), device.as_bytes()),
        )
        .unwrap();
    database
        .execute(
            "INSERT INTO session (token_hash, account_id, device_id, last_used_ms, signed_in_ms)
             VALUES (?1, ?2, ?3, ?4, 1)",
            (hash, account.as_bytes(), device.as_bytes(), i64::MAX / 2),
        )
        .unwrap();
    let text = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(&token);
    Client::new(server).with_cookie(&format!("lockstep_session={text}"))
}

#[test]
fn another_accounts_vault_is_as_unknown_as_none() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    device.upload(&vault, &[device.op(1)]);
    let stranger = stranger(&server, &folders);
    assert_eq!(stranger.request(endpoint::SESSION).status, 200);
    assert_eq!(stranger.request(endpoint::VAULT).code(), "no_vault");
    assert_eq!(
        stranger.request("/api/sync/delta?since=0").code(),
        "no_vault"
    );
    let nobodys = VaultInfo {
        vault_id: VaultId::from_random([77; 16]),
        ..vault.clone()
    };
    let try_all = |vault: &VaultInfo| {
        let upload = device.upload_request(vault, &[device.op(2)]);
        let download = DownloadRequest {
            vault_id: vault.vault_id,
            device_id: device_id(1),
            since: Cursor(0),
            limit: None,
        };
        [
            stranger.post_json(endpoint::UPLOAD, &upload),
            stranger.post_json(endpoint::DOWNLOAD, &download),
        ]
        .map(|answer| (answer.status, answer.code(), answer.body))
    };
    let theirs = try_all(&vault);
    assert_eq!(theirs, try_all(&nobodys));
    assert_eq!((theirs[0].0, theirs[0].1.as_str()), (404, "unknown_vault"));
    // Even the id itself may be used again without a difference.
    let thief = Device {
        client: stranger,
        session: device.session.clone(),
    };
    assert_eq!(thief.create_vault(2).status, 201);
    assert_eq!(device.download(&vault, Cursor(0)).changes.len(), 1);
}

#[test]
fn a_device_name_beyond_the_limit_is_refused_and_leaves_the_link_open() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let request = SignInRequest {
        link: server.link.clone(),
        device_id: device_id(1),
        device_name: "x".repeat(129),
    };
    let answer = client.post_json(endpoint::SESSION, &request);
    assert_eq!(answer.code(), "limit_exceeded");
    assert_eq!(sign_in(&client, &server.link, 1).status, 200);
}
