//! Crypto policies: read by everybody, changed by an administrator.

use crate::client::{Answer, Client, Device};
use crate::process::Folders;
use serde::Serialize;
use sync_core::endpoint;
use sync_core::message::{CreatePolicyRequest, CryptoPolicies, PolicyDescription, PolicyList};
use vault_types::PolicyVersion;

fn request(version: u16) -> CreatePolicyRequest {
    CreatePolicyRequest {
        version: PolicyVersion(version),
        aead: "XChaCha20-Poly1305".to_owned(),
        kdf: "Argon2id".to_owned(),
        kdf_iterations: 4,
        kdf_memory_kib: Some(131_072),
        kdf_lanes: Some(1),
    }
}

fn post(client: &Client, path: &str, token: &str, message: &impl Serialize) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("content-type", endpoint::JSON),
        ("authorization", bearer.as_str()),
    ];
    let body = serde_json::to_vec(message).unwrap();
    client.send("POST", path, &headers, &body)
}

fn current(client: &Client) -> PolicyDescription {
    let policies: CryptoPolicies = client.request(endpoint::CRYPTO_POLICY).json();
    policies.current
}

#[test]
fn two_policies_ship_and_the_first_is_for_new_vaults() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let list: PolicyList = client.request(endpoint::CRYPTO_POLICY_LIST).json();
    assert_eq!(list.current, PolicyVersion(1));
    assert_eq!(list.policies.len(), 2);
    assert_eq!(current(&client), list.policies[0]);
    let second = endpoint::crypto_policy(PolicyVersion(2));
    let second: PolicyDescription = client.request(&second).json();
    assert_eq!(second, list.policies[1]);
    let kdf = (second.kdf.as_str(), second.kdf_iterations);
    assert_eq!(kdf, ("Argon2id", 3));
    assert_eq!(
        (second.kdf_memory_kib, second.kdf_lanes),
        (Some(65_536), Some(1))
    );
    for path in ["3", "0", "x", "-1", "65536"] {
        let path = format!("{}/{path}", endpoint::CRYPTO_POLICY);
        assert_eq!(client.request(&path).code(), "unknown_policy");
    }
}

#[test]
fn only_the_newest_administrators_token_changes_policies() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let path = endpoint::CRYPTO_POLICY;
    let refused = |token: &str| {
        let answer = post(&device.client, path, token, &request(3));
        // Without a token there is nobody to be refused yet.
        let status = if token.is_empty() { 401 } else { 403 };
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, "not_administrator")
        );
    };
    let session = device
        .client
        .cookie()
        .rsplit('=')
        .next()
        .unwrap()
        .to_owned();
    refused("");
    refused(&"A".repeat(43));
    refused(&session);
    let old = folders.run(&["admin-token"]);
    let token = folders.run(&["admin-token"]);
    refused(old.trim());
    let answer = post(&Client::new(&server), path, token.trim(), &request(3));
    assert_eq!(answer.status, 201, "{answer:?}");
    let made: PolicyDescription = answer.json();
    assert_eq!(made.version, PolicyVersion(3));
    assert!(made.created_ms > 0);
    let again = post(&device.client, path, token.trim(), &request(3));
    assert_eq!(
        (again.status, again.code().as_str()),
        (409, "policy_exists")
    );
    let mut bad = request(4);
    bad.kdf_lanes = None;
    let answer = post(&device.client, path, token.trim(), &bad);
    assert_eq!(answer.code(), "malformed");
}

#[test]
fn guessing_the_administrators_token_is_slowed_down() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let path = endpoint::CRYPTO_POLICY;
    let mut tries = (0..1_000).map(|_| post(&client, path, "x", &request(3)).code());
    let refused = tries.position(|code| code == "slow_down");
    assert!(refused.is_some_and(|at| at >= 20), "{refused:?}");
}

#[test]
fn a_deprecated_policy_stays_readable_and_gives_way_to_the_next() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let token = folders.run(&["admin-token"]);
    let deprecate = |version| {
        let path = endpoint::deprecate_crypto_policy(PolicyVersion(version));
        post(&client, &path, token.trim(), &())
    };
    let first: PolicyDescription = deprecate(1).json();
    assert!(first.deprecated_ms.is_some());
    let again: PolicyDescription = deprecate(1).json();
    assert_eq!(again, first, "once more changes nothing");
    assert_eq!(current(&client).version, PolicyVersion(2));
    let path = endpoint::crypto_policy(PolicyVersion(1));
    let read: PolicyDescription = client.request(&path).json();
    assert_eq!(read, first);
    let last = deprecate(2);
    assert_eq!((last.status, last.code().as_str()), (409, "last_policy"));
    assert_eq!(deprecate(9).code(), "unknown_policy");
}

#[test]
fn policies_are_listed_made_and_deprecated_on_the_command_line() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let list = folders.run(&["policy", "list"]);
    assert!(list.starts_with("* 1 AES-256-GCM"), "{list}");
    let create = |version: &str, more: &[&str]| {
        let mut arguments = vec!["policy", "create", "--number", version];
        arguments.extend(["--aead", "AES-256-GCM", "--iterations", "700000"]);
        arguments.extend(more);
        arguments
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let pbkdf2 = create("3", &["--kdf", "PBKDF2-HMAC-SHA256"]);
    let pbkdf2: Vec<&str> = pbkdf2.iter().map(String::as_str).collect();
    folders.run(&pbkdf2);
    assert!(folders.fail(&pbkdf2).contains("already"));
    let unknown = create("4", &["--kdf", "MD5"]);
    let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
    assert!(folders.fail(&unknown).contains("Nothing was changed"));
    for version in ["1", "2"] {
        folders.run(&["policy", "deprecate", "--number", version]);
    }
    let refused = folders.fail(&["policy", "deprecate", "--number", "3"]);
    assert!(refused.contains("only crypto policy left"), "{refused}");
    assert_eq!(current(&client).version, PolicyVersion(3));
    assert_eq!(current(&client).kdf_iterations, 700_000);
}
