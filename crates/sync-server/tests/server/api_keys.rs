//! Keys for programs: what they may do, and everything that they may not.

use crate::access::stranger;
use crate::client::{Answer, Client, Device, device_id};
use crate::process::Folders;
use crate::routes::ask;
use sync_core::endpoint;
use sync_core::message::{ApiKeyList, CreateApiKey, NewApiKey, PollResponse};
use sync_server::{Access, Route};
use vault_types::{Cursor, DeviceId, Op};

fn create(client: &Client, name: &str) -> Answer {
    let request = CreateApiKey {
        name: name.to_owned(),
    };
    client.post_json(endpoint::API_KEYS, &request)
}

fn made(device: &Device, name: &str) -> NewApiKey {
    let answer = create(&device.client, name);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn listed(device: &Device) -> ApiKeyList {
    device.client.request(endpoint::API_KEYS).json()
}

fn revoke(client: &Client, id: DeviceId) -> Answer {
    client.send("DELETE", &endpoint::api_key(id), &[], &[])
}

/// A program with a key, as a device of the tests.
fn program(server: &crate::process::Server, device: &Device, key: &NewApiKey) -> Device {
    let mut program = Device {
        client: Client::new(server).with_key(&key.token),
        ..device.clone()
    };
    program.session.device_id = key.device_id;
    program
}

#[test]
fn a_program_with_a_key_syncs_as_a_device_of_its_own() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let key = made(&device, "Backup");
    let program = program(&server, &device, &key);
    let poll: PollResponse = program.client.request(endpoint::POLL).json();
    assert_eq!(poll.vault_id, vault.vault_id);
    program.upload(&vault, &[program.op(1)]);
    let page = device.download(&vault, Cursor(0));
    let op = Op::parse(page.changes[0].op.as_slice()).unwrap();
    assert_eq!(op.header.device_id, key.device_id);
    assert_eq!(program.download(&vault, Cursor(0)), page);
    let delta = program.client.request("/api/sync/delta?since=0");
    assert_eq!(delta.status, 200);
    // It speaks for itself only.
    let refused = program.upload(&vault, &[device.op(2)]).refused;
    assert_eq!(refused[0].code.as_str(), "wrong_device");
    let mut foreign = program.upload_request(&vault, &[program.op(3)]);
    foreign.device_id = device_id(1);
    let answer = program.client.post_json(endpoint::UPLOAD, &foreign);
    assert_eq!(answer.code(), "wrong_device");
}

#[test]
fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    let key = made(&device, "Backup");
    assert!(key.token.starts_with("lockstep_key_"));
    let list = listed(&device);
    assert_eq!(list.keys.len(), 1);
    assert_eq!(list.keys[0].name, "Backup");
    assert_eq!(list.keys[0].device_id, key.device_id);
    assert_eq!(list.keys[0].last_used_ms, None);
    let text = String::from_utf8(device.client.request(endpoint::API_KEYS).body).unwrap();
    assert!(!text.contains("lockstep_key_"));
    let program = Client::new(&server).with_key(&key.token);
    assert_eq!(program.request(endpoint::POLL).status, 200);
    assert!(listed(&device).keys[0].last_used_ms.is_some());
    let (_, log) = server.stop();
    let secret = key.token.strip_prefix("lockstep_key_").unwrap();
    assert!(!log.contains(secret));
    let bytes = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::decode_vec(secret).unwrap();
    for entry in std::fs::read_dir(folders.data()).unwrap() {
        let file = std::fs::read(entry.unwrap().path()).unwrap();
        for needle in [secret.as_bytes(), &bytes] {
            assert!(!file.windows(needle.len()).any(|part| part == needle));
        }
    }
}

#[test]
fn a_key_does_what_is_listed_for_keys_and_nothing_else() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let key = made(&device, "Backup");
    let program = program(&server, &device, &key);
    let mut refused = 0;
    for route in Route::ALL {
        let answer = ask(&program.client, *route, &program, &vault);
        match route.access() {
            Access::SessionOrKey => assert!(answer.status < 500 && answer.status != 401),
            Access::Session => {
                refused += 1;
                assert_eq!(
                    (answer.status, answer.code().as_str()),
                    (403, "not_for_api_keys"),
                    "{route:?}"
                );
            }
            Access::Administrator => assert_eq!(answer.code(), "not_administrator"),
            Access::Open => {}
        }
    }
    assert!(refused > 15);
    // Key management, recovery, reset and sign-in links are not for programs,
    // whatever the list says.
    for route in Route::ALL {
        let path = route.path();
        if path.starts_with(endpoint::VAULT)
            || path.starts_with(endpoint::API_KEYS)
            || path.starts_with(endpoint::LINKS)
            || path.starts_with(endpoint::DEVICES)
        {
            assert_eq!(route.access(), Access::Session, "{route:?}");
        }
    }
}

#[test]
fn a_revoked_key_and_one_that_never_was_get_one_answer() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let key = made(&device, "Backup");
    let kept = made(&device, "Kept");
    assert_eq!(revoke(&device.client, key.device_id).status, 204);
    assert_eq!(
        revoke(&device.client, key.device_id).code(),
        "unknown_api_key"
    );
    let garbage = ["x", "lockstep_key_", "lockstep_key_AA", &key.token[13..]];
    let unknown = format!("lockstep_key_{}", "A".repeat(43));
    let mut answers = std::collections::BTreeSet::new();
    for token in garbage.into_iter().chain([key.token.as_str(), &unknown]) {
        let client = Client::new(&server).with_key(token);
        for answer in [
            client.request(endpoint::POLL),
            client.request(endpoint::SLOTS),
        ] {
            assert_eq!(answer.status, 401, "{token}");
            assert_eq!(answer.code(), "api_key_refused", "{token}");
            answers.insert(answer.body);
        }
    }
    assert_eq!(answers.len(), 1);
    let program = program(&server, &device, &kept);
    program.upload(&vault, &[program.op(1)]);
    assert_eq!(listed(&device).keys.len(), 1);
}

#[test]
fn guessing_keys_is_slowed_down() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let guess = Client::new(&server).with_key("lockstep_key_guess");
    // 20 in a minute; a slow machine may need more than one minute for 20.
    let mut wrong = (0..1_000).map(|_| guess.request(endpoint::POLL).code());
    let refused = wrong.by_ref().position(|code| code == "slow_down");
    assert!(refused.is_some_and(|at| at >= 20), "{refused:?}");
    // Whoever is signed in is not held up.
    device.upload(&vault, &[device.op(1)]);
}

#[test]
fn keys_are_named_counted_and_of_one_account() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    assert_eq!(create(&device.client, "").code(), "malformed");
    let long = create(&device.client, &"x".repeat(129));
    assert_eq!(long.code(), "limit_exceeded");
    let stranger = stranger(&server, &folders);
    let theirs: NewApiKey = create(&stranger, "Theirs").json();
    let keys: Vec<_> = (0..32).map(|n| made(&device, &format!("{n}"))).collect();
    let full = create(&device.client, "one more");
    assert_eq!(
        (full.status, full.code().as_str()),
        (409, "too_many_api_keys")
    );
    assert_eq!(listed(&device).keys.len(), 32);
    for id in [theirs.device_id, DeviceId::from_random([77; 16])] {
        let answer = revoke(&device.client, id);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "unknown_api_key")
        );
    }
    assert_eq!(
        revoke(&stranger, keys[0].device_id).code(),
        "unknown_api_key"
    );
    let program = Client::new(&server).with_key(&theirs.token);
    assert_eq!(program.request(endpoint::POLL).code(), "no_vault");
}

#[test]
fn the_command_line_manages_keys_while_the_server_runs() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    assert_eq!(
        folders.run(&["api-key", "list"]).trim(),
        "There are no API keys."
    );
    let token = folders.run(&["api-key", "create", "--name", "Cron"]);
    let program = Client::new(&server).with_key(token.trim());
    assert_eq!(program.request(endpoint::POLL).status, 200);
    let id = listed(&device).keys[0].device_id.to_string();
    let said = folders.run(&["api-key", "list"]);
    assert!(said.contains(&id) && said.contains("Cron"), "{said}");
    folders.run(&["api-key", "revoke", "--id", &id]);
    assert_eq!(program.request(endpoint::POLL).code(), "api_key_refused");
    folders.fail(&["api-key", "revoke", "--id", &id]);
    folders.fail(&["api-key", "create", "--name", ""]);
}
