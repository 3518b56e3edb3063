//! What a device says when it locks the vault for all.
//!
//! 1. Every device of the vault believes it, in the epochs that follow too.
//! 2. Nobody who lacks the vault key can make one or change one.
//! 3. Whatever is wrong with one is one answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, identity, rng, stretched, unlocked};
use proptest::prelude::*;
use vault_core::{
    KdfRequest, LockStatement, NewSlot, OpenError, Policy, UnlockedVault, VaultIdentity,
};
use vault_types::{AccountId, CredentialId, DeviceId, Epoch, LockReason, LockTier, VaultId};

const STATEMENT: LockStatement = LockStatement {
    device_id: DeviceId::from_random([4; 16]),
    at_ms: 1_700_000_000_000,
    reason: LockReason::Manual,
    tier: LockTier::Vault,
};

fn stated(vault: &UnlockedVault) -> Vec<u8> {
    vault.state_lock(&STATEMENT, &mut rng(1))
}

#[test]
fn every_statement_comes_back_as_it_was_made() {
    for policy in [Policy::V1, Policy::V2] {
        let vault = unlocked(policy);
        let mut rng = rng(2);
        for reason in LockReason::ALL {
            for tier in LockTier::ALL {
                let statement = LockStatement {
                    reason,
                    tier,
                    ..STATEMENT
                };
                let bytes = vault.state_lock(&statement, &mut rng);
                assert_eq!(bytes.len(), 79);
                assert_eq!(vault.verify_lock(&bytes), Ok(statement));
            }
        }
    }
}

#[test]
fn two_statements_of_one_moment_differ() {
    let vault = unlocked(Policy::V1);
    let mut rng = rng(1);
    let one = vault.state_lock(&STATEMENT, &mut rng);
    assert_ne!(one, vault.state_lock(&STATEMENT, &mut rng));
}

#[test]
fn every_bit_flip_and_every_cut_is_refused() {
    let vault = unlocked(Policy::V1);
    let bytes = stated(&vault);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let refused = vault.verify_lock(&changed).unwrap_err();
        match bit / 8 {
            0 if changed[0] > 1 => assert!(matches!(refused, OpenError::NewerVersion { .. })),
            3..=6 => assert!(matches!(refused, OpenError::UnknownEpoch { .. })),
            _ => assert_eq!(refused, OpenError::CannotOpen, "bit {bit}"),
        }
    }
    for len in 0..bytes.len() {
        assert_eq!(
            vault.verify_lock(&bytes[..len]),
            Err(OpenError::CannotOpen),
            "{len}"
        );
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(vault.verify_lock(&longer), Err(OpenError::CannotOpen));
}

#[test]
fn another_vaults_or_accounts_word_counts_nothing() {
    let vault = unlocked(Policy::V1);
    for other in [
        VaultIdentity {
            account_id: AccountId::from_random([8; 16]),
            ..identity()
        },
        VaultIdentity {
            vault_id: VaultId::from_random([8; 16]),
            ..identity()
        },
    ] {
        // The same seed gives the same vault key.
        let (other, _, _) = create(other, Policy::V1, 7);
        assert_eq!(
            vault.verify_lock(&stated(&other)),
            Err(OpenError::CannotOpen)
        );
    }
}

#[test]
fn a_statement_from_before_a_rotation_still_counts() {
    let (one, _, request) = create(identity(), Policy::V1, 7);
    let held = one.hold(stretched(&request, 5)).unwrap();
    let next = KdfRequest::for_new_slot(&Policy::V1, &mut rng(4)).unwrap();
    let slot = NewSlot {
        credential_id: CredentialId::from_random([9; 16]),
        label: "",
    };
    let slots = [(slot, stretched(&next, 5).into())];
    let (two, _) = one.rotate(&held, &Policy::V1, &slots, &mut rng(5)).unwrap();
    assert_eq!(two.verify_lock(&stated(&one)), Ok(STATEMENT));
    let epoch = Epoch(2);
    let newer = one.verify_lock(&stated(&two));
    assert_eq!(newer, Err(OpenError::UnknownEpoch { epoch }));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes: Vec<u8>) {
        prop_assert!(unlocked(Policy::V1).verify_lock(&bytes).is_err());
    }
}
