//! The vault, its key slots and the small addresses around them.

use crate::client::{Client, Device};
use crate::process::Folders;
use sync_core::endpoint;
use sync_core::message::{
    CryptoPolicies, DeviceList, NewLink, PollResponse, Session, SlotList, VaultInfo,
};
use vault_types::{Generation, OpaqueBytes, PolicyVersion};

fn put_slots(client: &Client, generation: u64, len: usize) -> crate::client::Answer {
    let slots = SlotList {
        slots_generation: Generation(generation),
        slot_list: OpaqueBytes::new(vec![6; len]),
    };
    let body = serde_json::to_vec(&slots).unwrap();
    client.send(
        "PUT",
        endpoint::SLOTS,
        &[("content-type", endpoint::JSON)],
        &body,
    )
}

#[test]
fn a_vault_is_made_once_and_found_again() {
    let folders = Folders::new();
    let server = folders.start();
    let device = Device::sign_in(&server, &server.link, 1);
    assert_eq!(device.client.request(endpoint::VAULT).code(), "no_vault");
    assert_eq!(device.client.request(endpoint::SLOTS).code(), "no_vault");
    assert_eq!(device.client.request(endpoint::POLL).code(), "no_vault");
    assert_eq!(put_slots(&device.client, 2, 9).code(), "no_vault");
    let made: VaultInfo = device.create_vault(2).json();
    assert_eq!(device.create_vault(3).code(), "vault_exists");
    let found: VaultInfo = device.client.request(endpoint::VAULT).json();
    assert_eq!(found, made);
    let session: Session = device.client.request(endpoint::SESSION).json();
    assert_eq!(session.vault_id, Some(made.vault_id));
    let poll: PollResponse = device.client.request(endpoint::POLL).json();
    assert_eq!(poll.head, made.head);
    assert_eq!((poll.vault_id, poll.lock), (made.vault_id, None));
}

#[test]
fn slots_change_only_from_the_generation_before() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    for generation in [0, 1, 3, u64::MAX] {
        assert_eq!(
            put_slots(&device.client, generation, 9).code(),
            "slots_conflict"
        );
    }
    assert_eq!(put_slots(&device.client, 2, 9).status, 204);
    assert_eq!(put_slots(&device.client, 2, 9).code(), "slots_conflict");
    let slots: SlotList = device.client.request(endpoint::SLOTS).json();
    assert_eq!(slots.slots_generation, Generation(2));
    assert_eq!(slots.slot_list.as_slice(), [6; 9]);
}

#[test]
fn a_slot_list_of_the_greatest_length_fits_and_a_longer_one_does_not() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    assert_eq!(put_slots(&device.client, 2, 64 * 1024).status, 204);
    let longer = put_slots(&device.client, 3, 64 * 1024 + 1);
    assert_eq!(longer.code(), "limit_exceeded");
    assert_eq!(put_slots(&device.client, 3, 0).code(), "malformed");
}

#[test]
fn a_link_of_a_session_lets_a_second_device_in() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let link: NewLink = device.client.post_json(endpoint::LINKS, &()).json();
    assert!(link.url.ends_with(&format!("/sign-in#{}", link.token)));
    let second = Device::sign_in(&server, &link.token, 2);
    assert_eq!(second.session.account_id, device.session.account_id);
    assert_eq!(second.session.vault_id, Some(vault.vault_id));
    let list: DeviceList = second.client.request(endpoint::DEVICES).json();
    let current: Vec<bool> = list.devices.iter().map(|entry| entry.current).collect();
    assert_eq!(current, [false, true]);
    assert_eq!(list.devices[0].name, "device 1");
}

#[test]
fn links_are_limited_in_number() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, _) = Device::first(&server);
    for _ in 0..16 {
        assert_eq!(device.client.post_json(endpoint::LINKS, &()).status, 201);
    }
    let one_more = device.client.post_json(endpoint::LINKS, &());
    assert_eq!(one_more.code(), "too_many_links");
    // Whoever runs the server is never shut out.
    Device::sign_in(&server, &folders.link(), 2);
}

#[test]
fn the_policy_and_the_state_need_no_session() {
    let folders = Folders::new();
    let server = folders.start();
    let client = Client::new(&server);
    let policies: CryptoPolicies = client.request(endpoint::CRYPTO_POLICY).json();
    assert_eq!(policies.current.version, PolicyVersion(1));
    assert_eq!(policies.current.kdf_iterations, 600_000);
    for path in [endpoint::HEALTH, endpoint::READY] {
        assert_eq!(client.request(path).body, br#"{"status":"ok"}"#, "{path}");
    }
}
