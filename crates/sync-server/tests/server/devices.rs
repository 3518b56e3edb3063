//! Renaming devices and signing them out.

use crate::access::stranger;
use crate::client::{Client, Device, device_id, sign_in};
use crate::process::Folders;
use sync_core::endpoint;
use sync_core::message::{DeviceEntry, DeviceList, NewLink, RenameDevice};
use vault_types::Cursor;

fn list(device: &Device) -> Vec<DeviceEntry> {
    let list: DeviceList = device.client.request(endpoint::DEVICES).json();
    list.devices
}

fn rename(client: &Client, number: u8, name: &str) -> crate::client::Answer {
    let body = serde_json::to_vec(&RenameDevice {
        name: name.to_owned(),
    })
    .unwrap();
    let headers = [("content-type", endpoint::JSON)];
    client.send("PUT", &endpoint::device(device_id(number)), &headers, &body)
}

fn revoke(client: &Client, number: u8) -> crate::client::Answer {
    let path = endpoint::revoke_device(device_id(number));
    client.send("POST", &path, &[], &[])
}

#[test]
fn a_device_gets_the_name_that_any_of_its_owners_devices_gives_it() {
    let folders = Folders::new();
    let server = folders.start();
    let (first, _) = Device::first(&server);
    Device::sign_in(&server, &folders.link(), 2);
    assert_eq!(rename(&first.client, 2, "Télé").status, 204);
    let names: Vec<_> = list(&first).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["device 1", "Télé"]);
    assert_eq!(rename(&first.client, 2, " ").code(), "malformed");
    assert_eq!(rename(&first.client, 2, "").code(), "malformed");
    let long = rename(&first.client, 2, &"x".repeat(129));
    assert_eq!(long.code(), "limit_exceeded");
    assert_eq!(rename(&first.client, 9, "Desk").code(), "unknown_device");
    assert_eq!(list(&first)[1].name, "Télé");
}

#[test]
fn a_revoked_device_is_out_at_once_and_learns_why() {
    let folders = Folders::new();
    let server = folders.start();
    let (first, vault) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    second.upload(&vault, &[second.op(1)]);
    assert_eq!(revoke(&first.client, 2).status, 204);
    let upload = second.upload_request(&vault, &[second.op(2)]);
    for answer in [
        second.client.request(endpoint::SESSION),
        second.client.request(endpoint::POLL),
        second.client.request(endpoint::SLOTS),
        second.client.post_json(endpoint::UPLOAD, &upload),
        second.client.send("POST", endpoint::LINKS, &[], &[]),
        revoke(&second.client, 1),
    ] {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "device_revoked")
        );
    }
    assert_eq!(first.download(&vault, Cursor(0)).changes.len(), 1);
    let listed = list(&first);
    assert!(listed[0].revoked_ms.is_none() && listed[1].revoked_ms.is_some());
    // Once more changes nothing, not even when it happened.
    assert_eq!(revoke(&first.client, 2).status, 204);
    assert_eq!(list(&first), listed);
    assert_eq!(revoke(&first.client, 9).code(), "unknown_device");
}

#[test]
fn links_that_a_revoked_device_made_do_not_let_it_back_in() {
    let folders = Folders::new();
    let server = folders.start();
    let (first, _) = Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let kept: NewLink = second.client.send("POST", endpoint::LINKS, &[], &[]).json();
    assert_eq!(revoke(&first.client, 2).status, 204);
    let back = sign_in(&Client::new(&server), &kept.token, 2);
    assert_eq!((back.status, back.code().as_str()), (403, "link_invalid"));
    // The owner may have it back.
    let again = Device::sign_in(&server, &folders.link(), 2);
    assert_eq!(again.client.request(endpoint::POLL).status, 200);
    assert_eq!(second.client.request(endpoint::POLL).code(), "signed_out");
    assert!(list(&first).iter().all(|one| one.revoked_ms.is_none()));
}

#[test]
fn revoked_devices_make_room_and_do_not_pile_up() {
    let folders = Folders::new();
    let server = folders.start();
    let (first, _) = Device::first(&server);
    let database = folders.open_database();
    let mut insert = database
        .prepare(
            "INSERT INTO device (account_id, device_id, name, created_ms, last_seen_ms, revoked_ms)
             VALUES (?1, ?2, 'old', 2, 2, ?3)",
        )
        .unwrap();
    for number in 0..200_u8 {
        insert
            .execute((
                first.session.account_id.as_bytes(),
                [number, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9],
                i64::from(number) + 5,
            ))
            .unwrap();
    }
    assert_eq!(list(&first).len(), 201);
    Device::sign_in(&server, &folders.link(), 2);
    let listed = list(&first);
    assert_eq!(listed.len(), 2 + 64);
    let oldest = listed.iter().filter_map(|one| one.revoked_ms).min();
    assert_eq!(oldest, Some(5 + 200 - 64), "the latest are kept");
}

#[test]
fn another_accounts_devices_are_as_unknown_as_none() {
    let folders = Folders::new();
    let server = folders.start();
    Device::first(&server);
    let second = Device::sign_in(&server, &folders.link(), 2);
    let stranger = stranger(&server, &folders);
    for number in [2, 77] {
        let answer = revoke(&stranger, number);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "unknown_device")
        );
        let answer = rename(&stranger, number, "Mine");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "unknown_device")
        );
    }
    // Their own device has the same id as the owner's first; both stay apart.
    assert_eq!(revoke(&stranger, 1).status, 204);
    assert_eq!(stranger.request(endpoint::SESSION).code(), "device_revoked");
    assert_eq!(second.client.request(endpoint::POLL).status, 200);
    let listed = list(&second);
    assert!(listed.iter().all(|one| one.revoked_ms.is_none()));
    assert_eq!(listed[1].name, "device 2");
}
