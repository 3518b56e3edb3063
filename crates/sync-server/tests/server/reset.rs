//! The end of a vault.

use crate::client::Device;
use crate::process::Folders;
use crate::protect::{begin, poll, put_codes, replace_slots, reset};
use sync_core::endpoint;
use sync_core::message::{RESET_WORDS, ReplaceSlots};
use vault_types::{Cursor, VaultId};

#[test]
fn a_reset_destroys_the_vault_and_a_device_that_missed_it_learns() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    device.upload(&vault, &[device.op(1)]);
    let second = Device::sign_in(&server, &folders.link(), 2);
    device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 0));
    assert_eq!(reset(&device, vault.vault_id, RESET_WORDS).status, 204);
    assert_eq!(second.client.request(endpoint::POLL).code(), "no_vault");
    let request = second.upload_request(&vault, &[second.op(1)]);
    let answer = second.client.post_json(endpoint::UPLOAD, &request);
    assert_eq!(answer.code(), "unknown_vault");
    let database = folders.open_database();
    for table in ["op", "record_head", "recovery_code", "rotation", "vault"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = database.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let again = reset(&device, vault.vault_id, RESET_WORDS);
    assert_eq!(again.code(), "unknown_vault");
    // A new vault is another one: late writes for the old one do not reach it.
    assert_eq!(device.create_vault(3).status, 201);
    let late = ReplaceSlots {
        vault_id: Some(vault.vault_id),
        ..replace_slots(2)
    };
    let headers = [("content-type", endpoint::JSON)];
    let body = serde_json::to_vec(&late).unwrap();
    let answer = second.client.send("PUT", endpoint::SLOTS, &headers, &body);
    assert_eq!(answer.code(), "unknown_vault");
    assert_ne!(poll(&second).vault_id, vault.vault_id);
    assert_eq!(
        second
            .download(&device.client.request(endpoint::VAULT).json(), Cursor(0))
            .changes,
        []
    );
}

#[test]
fn a_reset_takes_the_words_the_id_and_a_sign_in_of_the_last_five_minutes() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let other = VaultId::from_random([9; 16]);
    assert_eq!(reset(&device, other, RESET_WORDS).code(), "unknown_vault");
    for words in ["", "Delete Everything", "delete everything "] {
        assert_eq!(reset(&device, vault.vault_id, words).code(), "malformed");
    }
    for signed_in in ["signed_in_ms - 300001", "0", "signed_in_ms + 9999999999999"] {
        let sql = format!("UPDATE session SET signed_in_ms = {signed_in}");
        folders.open_database().execute(&sql, []).unwrap();
        let answer = reset(&device, vault.vault_id, RESET_WORDS);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "sign_in_again")
        );
    }
    let again = Device::sign_in(&server, &folders.link(), 1);
    assert_eq!(
        poll(&again).vault_id,
        vault.vault_id,
        "nothing was destroyed"
    );
    assert_eq!(reset(&again, vault.vault_id, RESET_WORDS).status, 204);
}
