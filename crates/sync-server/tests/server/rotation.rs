//! The change of a vault's key.

use crate::client::{Client, Device};
use crate::process::{Folders, Server};
use crate::protect::{begin, commit, poll, put_codes};
use sync_core::endpoint;
use sync_core::message::{Problem, RecoveryCodeList, RotationBegun, VaultExtent, VaultInfo};
use vault_types::{Epoch, Generation, PolicyVersion, RotationId};

#[test]
fn a_rotation_is_begun_with_the_whole_vault_known_and_committed_at_once() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    let mut second = device.op(3);
    second.header.record_id = device.op(1).header.record_id;
    second.header.base = Some(device.op(1).header.op_id);
    device.upload(&vault, &[device.op(1), device.op(2), second]);
    let answer = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 2));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "rotation_conflict")
    );
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    let now: VaultInfo = device.client.request(endpoint::VAULT).json();
    let extent = VaultExtent {
        key_epoch: Epoch(1),
        record_count: 2,
        head: now.head,
    };
    assert_eq!(problem.extent, Some(extent));
    let wrong_count = device.client.post_json(endpoint::ROTATION, &begin(&now, 3));
    assert_eq!(wrong_count.code(), "rotation_conflict");
    let answer = device.client.post_json(endpoint::ROTATION, &begin(&now, 2));
    let begun: RotationBegun = answer.json();
    let path = endpoint::commit_rotation(begun.rotation_id);
    let early = device.client.post_json(&path, &commit(2));
    assert_eq!(early.code(), "slots_conflict");
    let unchanged: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(unchanged, now);
    // An edit between the phases is no reason to fail.
    device.upload(&vault, &[device.op(9)]);
    assert_eq!(device.client.post_json(&path, &commit(3)).status, 204);
    let repeated = device.client.post_json(&path, &commit(3));
    assert_eq!(repeated.status, 204, "a lost answer may be asked for again");
    let other = device.client.post_json(&path, &commit(4));
    assert_eq!(other.code(), "rotation_expired");
    let rotated: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(
        (rotated.key_epoch, rotated.slots_generation),
        (Epoch(2), Generation(3))
    );
    assert_eq!(rotated.policy_version, PolicyVersion(2));
    assert_eq!(poll(&device).key_epoch, Epoch(2));
    let codes: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert_eq!(codes.codes.len(), 1, "the old codes are gone");
    let late = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 3));
    assert_eq!(
        late.code(),
        "rotation_conflict",
        "from an epoch that is over"
    );
}

#[test]
fn a_rotation_that_took_too_long_or_was_replaced_is_not_committed() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let begun = |device: &Device| -> RotationBegun {
        let answer = device
            .client
            .post_json(endpoint::ROTATION, &begin(&vault, 0));
        answer.json()
    };
    let first = begun(&device);
    let second = begun(&device);
    let nobodys = RotationId::from_random([9; 16]);
    for id in [first.rotation_id, nobodys] {
        let path = endpoint::commit_rotation(id);
        let answer = device.client.post_json(&path, &commit(2));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "rotation_expired")
        );
    }
    let sql = "UPDATE rotation SET expires_at_ms = 1";
    folders.open_database().execute(sql, []).unwrap();
    let path = endpoint::commit_rotation(second.rotation_id);
    let answer = device.client.post_json(&path, &commit(2));
    assert_eq!(answer.code(), "rotation_expired");
    let mut skips = begin(&vault, 0);
    skips.to_epoch = Epoch(3);
    let answer = device.client.post_json(endpoint::ROTATION, &skips);
    assert_eq!(answer.code(), "malformed");
    let unchanged: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(unchanged, vault);
}

/// The same device, after the server was killed and started again.
fn after_kill(folders: &Folders, server: Server, device: &Device) -> (Server, Device) {
    server.kill();
    let server = folders.start();
    let device = Device {
        client: Client::new(&server).with_cookie(device.client.cookie()),
        session: device.session.clone(),
    };
    (server, device)
}

#[test]
fn a_server_killed_between_the_phases_is_left_as_before_and_goes_on() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    let before: VaultInfo = device.client.request(endpoint::VAULT).json();
    let answer = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 0));
    let begun: RotationBegun = answer.json();
    let (server, device) = after_kill(&folders, server, &device);
    let after: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(after, before);
    let codes: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert_eq!(codes.codes.len(), 2);
    device.upload(&vault, &[device.op(1)]);
    let path = endpoint::commit_rotation(begun.rotation_id);
    assert_eq!(device.client.post_json(&path, &commit(3)).status, 204);
    let (_server, device) = after_kill(&folders, server, &device);
    let rotated: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(rotated.key_epoch, Epoch(2), "what was acknowledged stays");
}
