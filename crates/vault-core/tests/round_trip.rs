//! From a passphrase to an opened record and back to a locked vault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{draft, identity, note, rng, unlocked};
use vault_core::{
    KdfParams, KdfRequest, LockedVault, NewSlot, OpBody, Passphrase, Policy, SlotList, UnlockError,
    create_vault,
};
use vault_types::{CredentialId, Epoch, ObjectType};

const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];

/// The policies with costs that a test run can afford: the floors.
fn at_the_floor(policy: Policy) -> Policy {
    let kdf = match policy.kdf {
        KdfParams::Pbkdf2Sha256 { .. } => KdfParams::Pbkdf2Sha256 {
            iterations: 100_000,
        },
        KdfParams::Argon2id { .. } => KdfParams::Argon2id {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        },
    };
    Policy { kdf, ..policy }
}

#[test]
fn a_vault_opens_with_its_passphrase_and_with_no_other() {
    for policy in POLICIES.map(at_the_floor) {
        let mut rng = rng(1);
        let request = KdfRequest::for_new_slot(&policy, &mut rng).unwrap();
        let typed = Passphrase::new("cafe\u{301} au lait").unwrap();
        let slot = NewSlot {
            credential_id: CredentialId::from_random([9; 16]),
            label: "Passphrase",
        };
        let stretched = request.stretch(&typed).unwrap();
        let (vault, slots) = create_vault(identity(), &policy, slot, stretched, &mut rng).unwrap();
        let op = vault.seal_op(&draft(1), &note("text"), &mut rng).unwrap();
        drop(vault);

        let json = slots.to_json().unwrap();
        let slots = SlotList::parse_json(&json).unwrap();
        let locked = LockedVault::new(identity(), slots).unwrap();
        let request = locked.kdf_request().unwrap();
        assert_eq!(request.params(), policy.kdf);

        let wrong = Passphrase::for_unlock("cafe au lait").unwrap();
        let refused = locked.unlock(request.stretch(&wrong).unwrap());
        assert_eq!(refused.err(), Some(UnlockError::CannotUnlock));

        let composed = Passphrase::for_unlock("caf\u{e9} au lait").unwrap();
        let vault = locked.unlock(request.stretch(&composed).unwrap()).unwrap();
        assert_eq!(vault.open_op(&op).unwrap(), note("text"));
        assert_eq!(vault.policy_version(), policy.version);
        assert_eq!(vault.epoch(), Epoch(1));
        assert_eq!(vault.lock(), locked);
    }
}

#[test]
fn records_tombstones_and_objects_come_back() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let mut rng = rng(2);
        for body in [note("a text"), note(""), OpBody::Tombstone] {
            let op = vault.seal_op(&draft(1), &body, &mut rng).unwrap();
            assert_eq!(op.header.deleted, body.is_tombstone());
            assert_eq!(op.header.policy, policy.version);
            assert_eq!(vault.open_op(&op).unwrap(), body);
        }
        let drafts = [draft(1), draft(2)];
        let bodies = [note("one"), note("two")];
        let ops = vault
            .seal_ops(drafts.iter().zip(&bodies), &mut rng)
            .unwrap();
        let opened: Vec<_> = vault
            .open_ops(&ops)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(opened, bodies);

        for object_type in &ObjectType::ALL[1..] {
            let sealed = vault
                .seal_object(*object_type, &[7; 16], 1, b"content", &mut rng)
                .unwrap();
            let opened = vault.open_object(*object_type, &[7; 16], 1, &sealed);
            assert_eq!(opened.unwrap().as_slice(), b"content");
        }
    }
}
