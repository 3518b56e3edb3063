//! Key slots and their list, as a server or a disk hands them over.

use crate::seeds::{cases, vaults};
use serde_json::Value;
use vault_core::{KdfParams, LockedVault, SlotList};
use zeroize::Zeroizing;

const LISTS: &str = include_str!("../../vectors/slot-list.json");
const KEYRINGS: &str = include_str!("../../vectors/keyring.json");

/// A slot list in its JSON form. What is read is written and read again as it
/// was; nothing is asked for below the floors; no list but a vault's own opens
/// with the vault's own stretched key.
pub(crate) fn slot_list(data: &[u8]) {
    let Ok(list) = SlotList::parse_json(data) else {
        return;
    };
    let written = list.to_json().expect("what was read can be written");
    let again = SlotList::parse_json(&written);
    assert!(again.as_ref() == Ok(&list));
    let identity = vaults()[0].identity();
    let Ok(locked) = LockedVault::new(*identity, list) else {
        return;
    };
    let Ok(request) = locked.kdf_request() else {
        return;
    };
    match request.params() {
        KdfParams::Pbkdf2Sha256 { iterations } => assert!(iterations >= 100_000),
        KdfParams::Argon2id {
            memory_kib, passes, ..
        } => assert!(memory_kib >= 19 * 1024 && passes >= 2),
    }
    for case in cases(LISTS) {
        let stretched = crate::seeds::hex(case["stretched"].as_str().unwrap_or_default());
        let Ok(stretched) = <[u8; 32]>::try_from(stretched) else {
            continue;
        };
        let opened = locked.unlock(request.accept_platform(Zeroizing::new(stretched)));
        if opened.is_ok() {
            let own = vaults().iter().any(|own| own.slots() == locked.slots());
            assert!(own, "a list that the vault never sealed was opened");
        }
    }
}

pub(crate) fn slot_list_seeds() -> Vec<Vec<u8>> {
    let lists = cases(LISTS).into_iter().chain(cases(KEYRINGS));
    lists
        .map(|case| case["list"].to_string().into_bytes())
        .collect()
}

/// The bytes as one slot of a list that is otherwise sound.
pub(crate) fn slot(data: &[u8]) {
    within_list("slots", data);
}

pub(crate) fn slot_seeds() -> Vec<Vec<u8>> {
    members("slots", LISTS)
}

/// The bytes as one older vault key of a list that is otherwise sound.
pub(crate) fn keyring(data: &[u8]) {
    within_list("keyring", data);
}

pub(crate) fn keyring_seeds() -> Vec<Vec<u8>> {
    members("keyring", KEYRINGS)
}

/// Puts the text in the place of what the list holds there.
fn within_list(field: &str, data: &[u8]) {
    const PLACE: &str = "\"the place\"";
    let Ok(text) = core::str::from_utf8(data) else {
        return;
    };
    for case in cases(LISTS) {
        let mut list = case["list"].clone();
        list[field] = Value::Array(vec![Value::String("the place".to_owned())]);
        slot_list(list.to_string().replacen(PLACE, text, 1).as_bytes());
    }
}

fn members(field: &str, file: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for case in cases(file) {
        let members = case["list"][field].as_array().cloned().unwrap_or_default();
        found.extend(members.iter().map(|member| member.to_string().into_bytes()));
    }
    found
}
