//! A hostile server and the list of key slots.
//!
//! What must hold of a list that a server gives back:
//! 1. any bit of any of its encodings flipped: refused;
//! 2. a slot added, dropped, repeated, moved or taken from elsewhere: refused;
//! 3. another generation, account or vault: refused;
//! 4. of a newer version: said so; otherwise damaged: said so;
//! 5. whatever it is, nothing is derived from a passphrase at a cost below
//!    the floor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, identity, stretched};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vault_core::{LockedVault, Policy, SlotList, UnlockError, VaultIdentity};
use vault_types::{AccountId, Code, Generation, VaultId};

const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];

/// What a client says to a list, given the right key bytes even where the
/// list names another derivation.
fn unlock(list: SlotList) -> Result<(), UnlockError> {
    let locked = LockedVault::new(identity(), list)?;
    let request = locked.kdf_request()?;
    locked.unlock(stretched(&request, 5)).map(|_| ())
}

fn parse(value: &Value) -> Result<SlotList, UnlockError> {
    SlotList::parse_json(value.to_string().as_bytes())
}

fn judge(value: &Value) -> Result<(), UnlockError> {
    unlock(parse(value)?)
}

fn list(policy: Policy) -> Value {
    serde_json::to_value(create(identity(), policy, 7).1).unwrap()
}

#[test]
fn opens_as_it_was_sealed_in_both_encodings() {
    for policy in POLICIES {
        let (_, list, _) = create(identity(), policy, 7);
        let packed = rmp_serde::to_vec_named(&list).unwrap();
        let unpacked: SlotList = rmp_serde::from_slice(&packed).unwrap();
        assert_eq!(unpacked, list);
        assert_eq!(unlock(unpacked), Ok(()));
        let parsed = SlotList::parse_json(&list.to_json().unwrap()).unwrap();
        assert_eq!(parsed, list);
        assert_eq!(parsed.generation(), Generation(1));
    }
}

#[test]
fn refuses_every_bit_flip_of_its_json() {
    for policy in POLICIES {
        let (_, list, _) = create(identity(), policy, 7);
        let json = list.to_json().unwrap();
        let mut reached = BTreeMap::<&str, usize>::new();
        for bit in 0..json.len() * 8 {
            let mut changed = json.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = SlotList::parse_json(&changed).and_then(unlock);
            let code = refused.expect_err("a flipped bit was accepted").code();
            *reached.entry(code.as_str()).or_default() += 1;
        }
        // Flips reached the parser, the slot and the seal, not the parser alone.
        for code in [Code::Corrupt, Code::CannotUnlock, Code::SlotsTampered] {
            assert!(reached.contains_key(code.as_str()), "{reached:?}");
        }
    }
}

#[test]
fn refuses_every_bit_flip_of_its_message_pack() {
    for policy in POLICIES {
        let (_, list, _) = create(identity(), policy, 7);
        let packed = rmp_serde::to_vec_named(&list).unwrap();
        for bit in 0..packed.len() * 8 {
            let mut changed = packed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(unpacked) = rmp_serde::from_slice::<SlotList>(&changed) {
                // Another spelling of the same list is the same list.
                assert!(unpacked == list || unlock(unpacked).is_err(), "bit {bit}");
            }
        }
    }
}

#[test]
fn refuses_a_slot_added_dropped_repeated_or_moved() {
    let two_slots = |other: &Value| {
        let mut two = list(Policy::V1);
        two["slots"]
            .as_array_mut()
            .unwrap()
            .push(other["slots"][0].clone());
        two
    };
    let other = serde_json::to_value(create(identity(), Policy::V1, 8).1).unwrap();
    assert_eq!(judge(&two_slots(&other)), Err(UnlockError::SlotsTampered));
    let repeated = two_slots(&list(Policy::V1));
    assert_eq!(judge(&repeated), Err(UnlockError::SlotsTampered));

    let mut moved = list(Policy::V1);
    moved["slots"][0] = other["slots"][0].clone();
    assert_eq!(judge(&moved), Err(UnlockError::SlotsTampered));

    let mut none = list(Policy::V1);
    none["slots"] = json!([]);
    assert_eq!(judge(&none), Err(UnlockError::NoSuchSlot));
}

#[test]
fn refuses_another_generation_label_or_seal() {
    for (pointer, value) in [
        ("/generation", json!(2)),
        ("/generation", json!(0)),
        ("/slots/0/label", json!("another")),
    ] {
        let mut changed = list(Policy::V1);
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(
            judge(&changed),
            Err(UnlockError::SlotsTampered),
            "{pointer}"
        );
    }
    let mut changed = list(Policy::V1);
    changed["seal"] = list(Policy::V2)["seal"].clone();
    assert_eq!(judge(&changed), Err(UnlockError::SlotsTampered));
}

#[test]
fn refuses_the_list_of_another_account_or_vault() {
    let other_account = VaultIdentity {
        account_id: AccountId::from_random([8; 16]),
        ..identity()
    };
    let other_vault = VaultIdentity {
        vault_id: VaultId::from_random([8; 16]),
        ..identity()
    };
    for other in [other_account, other_vault] {
        let (_, list, _) = create(other, Policy::V1, 7);
        assert_eq!(unlock(list.clone()), Err(UnlockError::SlotsTampered));

        // The same, with every id in it rewritten to ours.
        let ours = serde_json::to_value(&list).unwrap().to_string();
        let ours = ours
            .replace(
                &other.account_id.to_string(),
                &identity().account_id.to_string(),
            )
            .replace(
                &other.vault_id.to_string(),
                &identity().vault_id.to_string(),
            );
        let refused = SlotList::parse_json(ours.as_bytes()).and_then(unlock);
        assert_eq!(refused, Err(UnlockError::CannotUnlock));
    }
}

#[test]
fn refuses_costs_outside_of_its_own_bounds() {
    let pbkdf2 = |iterations: u32| {
        let mut changed = list(Policy::V1);
        changed["slots"][0]["kdf"]["PBKDF2-HMAC-SHA256"]["iterations"] = json!(iterations);
        judge(&changed).unwrap_err()
    };
    for iterations in [0, 1, 99_999, 10_000_001, u32::MAX] {
        assert!(matches!(pbkdf2(iterations), UnlockError::KdfRefused(_)));
        assert_eq!(pbkdf2(iterations).code(), Code::BelowPolicy);
    }
    assert_eq!(pbkdf2(100_000), UnlockError::CannotUnlock);
    for (name, value) in [("memory_kib", 1024), ("passes", 1), ("lanes", 0)] {
        let mut changed = list(Policy::V2);
        changed["slots"][0]["kdf"]["Argon2id"][name] = json!(value);
        assert!(matches!(judge(&changed), Err(UnlockError::KdfRefused(_))));
    }
}

#[test]
fn a_key_for_another_slot_opens_nothing() {
    let (_, list, _) = create(identity(), Policy::V1, 7);
    let (_, _, other_request) = create(identity(), Policy::V1, 8);
    let locked = LockedVault::new(identity(), list).unwrap();
    let refused = locked.unlock(stretched(&other_request, 5));
    assert_eq!(refused.err(), Some(UnlockError::NoSuchSlot));
    let credential_id = locked.slots().slots()[0].context().credential_id;
    assert_eq!(locked.kdf_request_for(credential_id), locked.kdf_request());
}

#[test]
fn names_what_is_newer_and_what_is_damaged() {
    let mut newer = list(Policy::V1);
    newer["version"] = json!(2);
    newer["surprise"] = json!(true);
    assert_eq!(judge(&newer), Err(UnlockError::NewerVersion));

    let mut newer = list(Policy::V1);
    newer["slots"][0]["wrap_version"] = json!("v2");
    assert_eq!(judge(&newer), Err(UnlockError::NewerVersion));

    let mut newer = list(Policy::V1);
    newer["slots"][0]["aad"]["policy_version"] = json!(3);
    assert_eq!(judge(&newer), Err(UnlockError::NewerVersion));

    for damaged in ["", "{}", "[]", "null", "{\"version\":1}", "\u{0}"] {
        let refused = SlotList::parse_json(damaged.as_bytes());
        assert_eq!(refused, Err(UnlockError::Corrupt), "{damaged}");
    }
    for pointer in [
        "",
        "/slots/0",
        "/slots/0/aad",
        "/slots/0/kdf/PBKDF2-HMAC-SHA256",
    ] {
        let mut changed = list(Policy::V1);
        changed.pointer_mut(pointer).unwrap()["surprise"] = json!(1);
        assert_eq!(judge(&changed), Err(UnlockError::Corrupt), "{pointer}");
    }
}

#[test]
fn refuses_a_list_beyond_its_limits() {
    let mut long = list(Policy::V1);
    let slot = long["slots"][0].clone();
    long["slots"] = Value::Array(vec![slot; vault_types::limits::SLOTS_MAX + 1]);
    assert_eq!(judge(&long), Err(UnlockError::Corrupt));

    let mut long = list(Policy::V1);
    long["slots"][0]["label"] = json!("x".repeat(129));
    assert_eq!(judge(&long), Err(UnlockError::Corrupt));

    let mut long = list(Policy::V1);
    long["slots"][0]["nonce"] = json!("A".repeat(1000));
    assert_eq!(judge(&long), Err(UnlockError::Corrupt));
}

#[test]
fn holds_its_named_fields_and_no_stretched_key() {
    let json = list(Policy::V1).to_string();
    // The stretched key of these tests is 32 times the byte 5.
    assert!(!json.contains("BQUFBQUF"));
    let fields: Vec<_> = list(Policy::V1)
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        fields,
        [
            "generation",
            "keyring",
            "seal",
            "slots",
            "user_id",
            "vault_id",
            "version"
        ]
    );
}
