//! What is refused says so in a sentence, and what is secret says nothing.
#![allow(clippy::unwrap_used)]

mod common;

use common::{create, identity, rng, stretched};
use vault_core::{
    DeviceSecret, KdfParams, KdfRefused, Policy, PolicyRefused, RecoveryCode, RecoveryCodeError,
    StretchError, check_recovery_code,
};

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
