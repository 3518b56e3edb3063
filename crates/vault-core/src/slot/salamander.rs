//! Ciphertexts that open under several keys ("invisible salamanders", Dodis
//! and others, 2018; the partitioning oracle of Len and others, 2021), to show
//! that both ciphers are fooled and that a slot opens under one key.
#![allow(clippy::unwrap_used)]

mod craft;
mod field;

use super::tests::{slot_key, wrapped};
use super::*;
use crate::key::DerivedKey;
use crate::policy::Aead;
use crate::{SlotList, UnlockError};

fn keys_of(count: u8, request: &KdfRequest, associated: &[u8]) -> Vec<SlotKeys> {
    let fills = 0..count;
    let keys = fills.map(|fill| SlotKeys::derive(&slot_key(request, fill), associated));
    keys.collect()
}

fn fools(aead: Aead, keys: &[SlotKeys], nonce: &[u8], associated: &[u8], cipher: &[u8]) -> bool {
    keys.iter().all(|keys| {
        let mut buffer = cipher.to_vec();
        let opened = aead.open_in_place(&keys.wrap, nonce, associated, &mut buffer);
        opened.is_ok()
    })
}

fn craft(aead: Aead, keys: &[SlotKeys], nonce: &[u8], associated: &[u8]) -> Vec<u8> {
    let keys: Vec<&DerivedKey> = keys.iter().map(|keys| &keys.wrap).collect();
    match aead {
        Aead::Aes256Gcm => craft::gcm(&keys, nonce, associated),
        // Two blocks are moved about to find the sixteen that are solved for;
        // of two, one solution in sixteen does.
        Aead::XChaCha20Poly1305 => {
            let free = if keys.len() > 2 { 2 } else { 0 };
            craft::xchacha(&keys, nonce, associated, keys.len() + free).unwrap()
        }
    }
}

#[test]
fn a_slot_crafted_to_open_under_two_keys_opens_under_one() {
    for policy in [Policy::V1, Policy::V2] {
        let (mut slot, request) = wrapped(&policy);
        let associated = slot.associated_data();
        let keys = keys_of(2, &request, &associated);
        let nonce = slot.nonce.clone().into_vec();
        let cipher = craft(policy.aead, &keys, &nonce, &associated);
        assert!(fools(policy.aead, &keys, &nonce, &associated, &cipher));
        slot.cipher = FixedBytes(cipher.try_into().unwrap());
        for (committed, keys) in keys.iter().enumerate() {
            let mut slot = slot.clone();
            slot.commitment = FixedBytes(keys.commitment());
            for (tried, fill) in [0, 1].into_iter().enumerate() {
                let opened = slot.unwrap(&slot_key(&request, fill));
                assert_eq!(opened.is_ok(), tried == committed);
            }
        }
    }
}

#[test]
fn of_sixteen_keys_that_fool_the_cipher_the_commitment_lets_one_pass() {
    for policy in [Policy::V1, Policy::V2] {
        let (slot, request) = wrapped(&policy);
        let associated = slot.associated_data();
        let keys = keys_of(16, &request, &associated);
        let nonce = slot.nonce.clone().into_vec();
        let cipher = craft(policy.aead, &keys, &nonce, &associated);
        assert!(fools(policy.aead, &keys, &nonce, &associated, &cipher));
        for committed in &keys {
            let commitment = committed.commitment();
            let passing = keys.iter().filter(|keys| keys.commits_to(&commitment));
            assert_eq!(passing.count(), 1);
        }
        // Nor does the reader take a slot with so long a ciphertext.
        let identity = crate::common::identity();
        let (_, list, _) = crate::common::create(identity, policy, 7);
        let mut json = serde_json::to_value(&list).unwrap();
        json["slots"][0]["cipher"] = serde_json::to_value(OpaqueBytes::new(cipher)).unwrap();
        let refused = SlotList::parse_json(json.to_string().as_bytes());
        assert_eq!(refused.err(), Some(UnlockError::Corrupt));
    }
}
