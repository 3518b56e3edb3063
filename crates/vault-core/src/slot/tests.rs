//! A slot by itself, without the seal of its list around it.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::common::{identity, rng, stretched};

pub(super) fn slot_key(request: &KdfRequest, fill: u8) -> SlotKey {
    stretched(request, fill).into()
}

fn context(policy: &Policy) -> SlotContext {
    let identity = identity();
    SlotContext {
        account_id: identity.account_id,
        vault_id: identity.vault_id,
        credential_id: CredentialId::from_random([3; 16]),
        policy_version: policy.version,
    }
}

pub(super) fn wrapped(policy: &Policy) -> (WrappedKek, KdfRequest) {
    let mut rng = rng(1);
    let request = KdfRequest::for_new_slot(policy, &mut rng).unwrap();
    let kek = Kek::generate(Epoch(1), &mut rng).unwrap();
    let key = slot_key(&request, 5);
    let slot = WrappedKek::wrap(&kek, context(policy), policy, "Label", &key, &mut rng);
    (slot.unwrap(), request)
}

/// What `unwrap` says to the right key bytes, whatever derivation the slot
/// names now: the worst case of a server that can invert the KDF.
fn outcome(slot: &WrappedKek) -> Result<(), UnlockError> {
    let policy = Policy::V1;
    let request = KdfRequest::for_new_slot(&policy, &mut rng(9)).unwrap();
    slot.unwrap(&slot_key(&request, 5)).map(|_| ())
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

#[test]
fn unwraps_what_was_wrapped() {
    for policy in [Policy::V1, Policy::V2] {
        let (slot, request) = wrapped(&policy);
        assert_eq!(outcome(&slot), Ok(()));
        assert!(slot.answers(&slot_key(&request, 5)));
        assert_eq!(slot.kdf_request(), Ok(request));
        let one = slot.unwrap(&slot_key(&request, 5)).unwrap();
        let two = slot.unwrap(&slot_key(&request, 5)).unwrap();
        assert_eq!(one.expose_key(), two.expose_key());
        assert_eq!(slot.cipher.0.len(), CIPHER_LEN);
        assert_eq!(slot.nonce.len(), policy.aead.nonce_len());
    }
}

#[test]
fn refuses_every_bit_flip_of_nonce_cipher_and_commitment() {
    for policy in [Policy::V1, Policy::V2] {
        let (slot, _) = wrapped(&policy);
        for bit in 0..slot.nonce.len() * 8 {
            let mut nonce = slot.nonce.clone().into_vec();
            flip(&mut nonce, bit);
            let mut changed = slot.clone();
            changed.nonce = OpaqueBytes::new(nonce);
            assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
        }
        for bit in 0..CIPHER_LEN * 8 {
            let mut changed = slot.clone();
            flip(&mut changed.cipher.0, bit);
            assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
        }
        for bit in 0..32 * 8 {
            let mut changed = slot.clone();
            flip(&mut changed.commitment.0, bit);
            assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
        }
    }
}

#[test]
fn refuses_every_bit_flip_of_its_context() {
    let (slot, _) = wrapped(&Policy::V1);
    for bit in 0..128 {
        let mut changed = slot.clone();
        let mut id = *slot.aad.account_id.as_bytes();
        flip(&mut id, bit);
        changed.aad.account_id = AccountId::from_bytes(id);
        assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));

        let mut changed = slot.clone();
        let mut id = *slot.aad.vault_id.as_bytes();
        flip(&mut id, bit);
        changed.aad.vault_id = VaultId::from_bytes(id);
        assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));

        let mut changed = slot.clone();
        let mut id = *slot.aad.credential_id.as_bytes();
        flip(&mut id, bit);
        changed.aad.credential_id = CredentialId::from_bytes(id);
        assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
    }
    for bit in 0..32 {
        let mut changed = slot.clone();
        changed.epoch = Epoch(slot.epoch.0 ^ (1 << bit));
        assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
    }
    for bit in 0..16 {
        let mut changed = slot.clone();
        changed.aad.policy_version = PolicyVersion(1 ^ (1 << bit));
        assert!(outcome(&changed).is_err());
    }
    for slot_type in [SlotType::Recovery, SlotType::Device] {
        let mut changed = slot.clone();
        changed.slot_type = slot_type;
        assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
    }
}

#[test]
fn refuses_another_policy_with_a_nonce_that_fits_it() {
    // Another cipher refuses anyway, so that the bytes are compared as well.
    let (mut slot, _) = wrapped(&Policy::V1);
    let associated = slot.associated_data();
    slot.aad.policy_version = Policy::V2.version;
    slot.nonce = OpaqueBytes::new(vec![0; 24]);
    assert_ne!(slot.associated_data(), associated);
    assert_eq!(outcome(&slot), Err(UnlockError::CannotUnlock));
}

#[test]
fn refuses_every_bit_flip_of_its_kdf() {
    for policy in [Policy::V1, Policy::V2] {
        let (slot, _) = wrapped(&policy);
        let kdf = slot.kdf.unwrap();
        let mut others = Vec::new();
        for bit in 0..128 {
            let mut bytes = *kdf.salt().as_bytes();
            flip(&mut bytes, bit);
            let salt = FixedBytes(bytes);
            others.push(match kdf {
                SlotKdf::Pbkdf2Sha256 { iterations, .. } => {
                    SlotKdf::Pbkdf2Sha256 { iterations, salt }
                }
                SlotKdf::Argon2id {
                    memory_kib,
                    passes,
                    lanes,
                    ..
                } => SlotKdf::Argon2id {
                    memory_kib,
                    passes,
                    lanes,
                    salt,
                },
            });
        }
        let salt = FixedBytes(*kdf.salt().as_bytes());
        for bit in 0..32 {
            match kdf {
                SlotKdf::Pbkdf2Sha256 { iterations, .. } => others.push(SlotKdf::Pbkdf2Sha256 {
                    iterations: iterations ^ (1 << bit),
                    salt,
                }),
                SlotKdf::Argon2id {
                    memory_kib: m,
                    passes: t,
                    lanes: p,
                    ..
                } => others.extend([
                    argon2id(m ^ (1 << bit), t, p, salt),
                    argon2id(m, t ^ (1 << bit), p, salt),
                    argon2id(m, t, p ^ (1 << bit), salt),
                ]),
            }
        }
        let others = others.into_iter().map(Some).chain([None]);
        for other in others {
            let mut changed = slot.clone();
            changed.kdf = other;
            assert_eq!(outcome(&changed), Err(UnlockError::CannotUnlock));
        }
    }
}

const fn argon2id(memory_kib: u32, passes: u32, lanes: u32, salt: FixedBytes<16>) -> SlotKdf {
    SlotKdf::Argon2id {
        memory_kib,
        passes,
        lanes,
        salt,
    }
}

#[test]
fn the_commitment_is_compared_before_anything_is_decrypted() {
    // The right key, an intact ciphertext, and another commitment: without
    // the comparison this would open.
    let (mut slot, request) = wrapped(&Policy::V1);
    slot.commitment = FixedBytes([0; 32]);
    let refused = slot.unwrap(&slot_key(&request, 5));
    assert_eq!(refused.err(), Some(UnlockError::CannotUnlock));
}

#[test]
fn a_wrong_key_and_a_changed_slot_are_told_apart_by_nobody() {
    let (slot, request) = wrapped(&Policy::V1);
    let wrong_key = slot.unwrap(&slot_key(&request, 6)).err();
    let mut changed = slot.clone();
    flip(&mut changed.cipher.0, 0);
    let changed = changed.unwrap(&slot_key(&request, 5)).err();
    assert_eq!(wrong_key, changed);
    assert_eq!(wrong_key, Some(UnlockError::CannotUnlock));
}

#[test]
fn parameters_below_the_floor_are_refused_before_any_derivation() {
    // A request is the only way to a stretched key, and none is given.
    let salt = FixedBytes([0; 16]);
    for kdf in [
        SlotKdf::Pbkdf2Sha256 {
            iterations: 99_999,
            salt,
        },
        SlotKdf::Pbkdf2Sha256 {
            iterations: 10_000_001,
            salt,
        },
        argon2id(19 * 1024 - 1, 3, 1, salt),
        argon2id(1024 * 1024 + 1, 3, 1, salt),
        argon2id(64 * 1024, 1, 1, salt),
        argon2id(64 * 1024, 65, 1, salt),
        argon2id(64 * 1024, 3, 0, salt),
        argon2id(64 * 1024, 3, 17, salt),
    ] {
        let (mut slot, _) = wrapped(&Policy::V1);
        slot.kdf = Some(kdf);
        let refused = slot.kdf_request();
        assert!(
            matches!(refused, Err(UnlockError::KdfRefused(_))),
            "{kdf:?}"
        );
    }
}

#[test]
fn a_label_beyond_its_limit_is_not_wrapped() {
    let policy = Policy::V1;
    let mut rng = rng(1);
    let request = KdfRequest::for_new_slot(&policy, &mut rng).unwrap();
    let kek = Kek::generate(Epoch(1), &mut rng).unwrap();
    let label = "x".repeat(limits::DEVICE_NAME_BYTES_MAX + 1);
    let key = slot_key(&request, 5);
    let refused = WrappedKek::wrap(&kek, context(&policy), &policy, &label, &key, &mut rng);
    assert!(matches!(refused, Err(SealError::LimitExceeded { .. })));
}
