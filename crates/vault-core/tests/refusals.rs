//! What is refused says so in a sentence, and what is secret says nothing.
#![allow(clippy::unwrap_used)]

mod common;

use common::{create, identity, rng, stretched};
use vault_core::{
    DeviceSecret, Field, KdfParams, KdfRefused, KdfRequest, NewSlot, OpenError, Policy,
    PolicyRefused, RecoveryCode, RecoveryCodeError, SealError, StretchError, UpgradeReason,
    check_recovery_code, create_vault,
};
use vault_types::{CredentialId, ObjectType, limits};

#[test]
fn every_refusal_says_its_sentence() {
    let device = DeviceSecret::from_platform(&[]).unwrap_err();
    assert_eq!(device.to_string(), device.code().sentence());
    let policy = PolicyRefused::Unknown;
    assert_eq!(policy.to_string(), policy.code().sentence());
    for error in [RecoveryCodeError::Incomplete, RecoveryCodeError::Mistyped] {
        assert_eq!(error.to_string(), error.code().sentence());
    }
    let found = KdfParams::Pbkdf2Sha256 { iterations: 1 };
    let refused = KdfRefused::BelowFloor { found }.to_string();
    assert!(refused.contains("iterations: 1") && refused.ends_with("below the floor"));
    let refused = KdfRefused::AboveCeiling { found }.to_string();
    assert!(refused.contains("iterations: 1") && refused.ends_with("above the ceiling"));
    assert!(StretchError::OutOfMemory.to_string().contains("memory"));
}

#[test]
fn what_is_secret_shows_its_name_alone() {
    let (vault, _, request) = create(identity(), Policy::V1, 7);
    let held = vault.hold(stretched(&request, 5)).unwrap();
    let code = RecoveryCode::generate_set(&mut rng(1))
        .unwrap()
        .swap_remove(0);
    let text = code.expose_text();
    let secret = DeviceSecret::from_platform(&[7; 32]).unwrap();
    let vault_id = identity().vault_id;
    let shown = [
        format!("{vault:?}"),
        format!("{held:?}"),
        format!("{code:?}"),
        format!("{:?}", code.verifier(vault_id)),
        format!("{:?}", code.slot_key(vault_id)),
        format!("{secret:?}"),
        format!("{:?}", check_recovery_code(&text).groups[0]),
        format!("{:?}", stretched(&request, 5)),
    ];
    let names = [
        "UnlockedVault(..)",
        "HeldKek(..)",
        "RecoveryCode(..)",
        "RecoveryVerifier(..)",
        "SlotKey(..)",
        "DeviceSecret(..)",
        "TypedGroup(Ok)",
        "StretchedKey(..)",
    ];
    assert_eq!(shown, names);
}

#[test]
fn an_upgrade_says_why() {
    assert_eq!(UpgradeReason::WeakIterations.name(), "weak_iterations");
    assert_eq!(UpgradeReason::NewerPolicy.name(), "newer_policy");
}

#[test]
fn what_an_object_claims_to_be_is_held_against_its_place_first() {
    let (vault, _, _) = create(identity(), Policy::V1, 7);
    let of = ObjectType::Draft;
    let sealed = vault
        .seal_object(of, &[1; 16], 1, b"draft", &mut rng(1))
        .unwrap();
    let open = |version: u8, number: u8, policy: u16| {
        let mut claimed = sealed.clone();
        claimed[0] = version;
        claimed[1] = number;
        claimed[2..4].copy_from_slice(&policy.to_be_bytes());
        vault.open_object(of, &[1; 16], 1, &claimed).err()
    };
    assert_eq!(open(1, of.number(), 1), None);
    let newer = Some(OpenError::NewerVersion { version: 2 });
    assert_eq!(open(2, of.number(), 1), newer);
    // Of no version, or another type: whatever policy it names says nothing.
    for policy in [1, 9] {
        assert_eq!(open(0, of.number(), policy), Some(OpenError::CannotOpen));
        let other = ObjectType::LocalState.number();
        assert_eq!(open(1, other, policy), Some(OpenError::CannotOpen));
    }
}

#[test]
fn a_slots_name_is_taken_to_its_limit_and_not_beyond() {
    let make = |len: usize| {
        let mut rng = rng(1);
        let request = KdfRequest::for_new_slot(&Policy::V1, &mut rng).unwrap();
        let slot = NewSlot {
            credential_id: CredentialId::from_random([1; 16]),
            label: &"x".repeat(len),
        };
        let key = stretched(&request, 5);
        let made = create_vault(identity(), &Policy::V1, slot, key, &mut rng);
        made.map(|(_, list)| list.slots()[0].label().len())
    };
    let limit = limits::DEVICE_NAME_BYTES_MAX;
    assert_eq!(make(limit), Ok(limit));
    let field = Field::SlotLabel;
    assert_eq!(make(limit + 1), Err(SealError::LimitExceeded { field }));
}
