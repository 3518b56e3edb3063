//! Policies as a server describes them.
//!
//! 1. A server can choose between the ciphers that this client knows and can
//!    raise costs. It can lower none below the client's own floors.
//! 2. What is cheap but was made once still opens, and an upgrade is offered.
//! 3. An upgrade never takes anything back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, identity, rng, stretched};
use vault_core::{
    Aead, KdfParams, LockedVault, Policy, PolicyRefused, PolicyTerms, SlotType, UpgradeReason,
};
use vault_types::{Code, PolicyVersion};

const PBKDF2: PolicyTerms<'static> = PolicyTerms {
    aead: "AES-256-GCM",
    kdf: "PBKDF2-HMAC-SHA256",
    iterations: 600_000,
    memory_kib: None,
    lanes: None,
};
const ARGON2ID: PolicyTerms<'static> = PolicyTerms {
    aead: "XChaCha20-Poly1305",
    kdf: "Argon2id",
    iterations: 3,
    memory_kib: Some(64 * 1024),
    lanes: Some(1),
};

const fn pbkdf2(iterations: u32) -> KdfParams {
    KdfParams::Pbkdf2Sha256 { iterations }
}

const fn argon2id(memory_kib: u32, passes: u32) -> KdfParams {
    KdfParams::Argon2id {
        memory_kib,
        passes,
        lanes: 1,
    }
}

#[test]
fn the_shipped_policies_are_what_a_server_describes() {
    assert_eq!(PBKDF2.check(), Ok(Policy::V1));
    assert_eq!(ARGON2ID.check(), Ok(Policy::V2));
    let lanes = None;
    assert_eq!(PolicyTerms { lanes, ..ARGON2ID }.check(), Ok(Policy::V2));
}

#[test]
fn a_server_raises_costs_and_mixes_ciphers_and_derivations() {
    let dearer = PolicyTerms {
        iterations: 1_000_000,
        ..PBKDF2
    };
    let dearer = dearer.check().unwrap();
    assert_eq!(dearer.kdf, pbkdf2(1_000_000));
    assert_eq!(
        (dearer.version, dearer.aead),
        (PolicyVersion(1), Aead::Aes256Gcm)
    );
    let mixed = PolicyTerms {
        aead: "AES-256-GCM",
        ..ARGON2ID
    };
    let mixed = mixed.check().unwrap();
    assert_eq!(
        (mixed.version, mixed.kdf),
        (PolicyVersion(1), Policy::V2.kdf)
    );
}

#[test]
fn costs_outside_of_the_bounds_for_new_slots_are_refused() {
    let weak = [0, 1, 99_999, 100_000, 599_999, 10_000_001, u32::MAX];
    let weak = weak.map(|iterations| PolicyTerms {
        iterations,
        ..PBKDF2
    });
    let cheap = [
        (None, 3, None),
        (Some(0), 3, None),
        (Some(19 * 1024 - 1), 3, None),
        (Some(1024 * 1024 + 1), 3, None),
        (Some(64 * 1024), 1, None),
        (Some(64 * 1024), 65, None),
        (Some(64 * 1024), 3, Some(0)),
        (Some(64 * 1024), 3, Some(17)),
    ];
    let cheap = cheap.map(|(memory_kib, iterations, lanes)| PolicyTerms {
        memory_kib,
        iterations,
        lanes,
        ..ARGON2ID
    });
    for terms in weak.into_iter().chain(cheap) {
        let refused = terms.check().unwrap_err();
        assert!(matches!(refused, PolicyRefused::Kdf(_)), "{terms:?}");
        assert_eq!(refused.code(), Code::BelowPolicy);
    }
}

#[test]
fn unknown_ciphers_and_derivations_are_of_a_newer_version() {
    for aead in ["", "AES-128-GCM", "aes-256-gcm", "none", "AES-256-GCM "] {
        let refused = PolicyTerms { aead, ..PBKDF2 }.check();
        assert_eq!(refused, Err(PolicyRefused::Unknown), "{aead}");
    }
    for kdf in ["", "PBKDF2-HMAC-SHA1", "scrypt", "Argon2i", "none"] {
        let refused = PolicyTerms { kdf, ..ARGON2ID }.check();
        assert_eq!(refused, Err(PolicyRefused::Unknown), "{kdf}");
        assert_eq!(refused.unwrap_err().code(), Code::NewerVersion);
    }
}

#[test]
fn a_vault_with_100000_iterations_opens_and_is_offered_an_upgrade() {
    let old = Policy {
        kdf: pbkdf2(100_000),
        ..Policy::V1
    };
    let (_, list, request) = create(identity(), old, 7);
    let locked = LockedVault::new(identity(), list).unwrap();
    assert_eq!(locked.kdf_request(), Ok(request));
    let vault = locked.unlock(stretched(&request, 5)).unwrap();
    let slots = vault.slots().slots();
    let slot = slots
        .iter()
        .find(|slot| slot.slot_type() == SlotType::Passphrase);
    let params = slot.unwrap().kdf_params().unwrap();
    assert_eq!(params, pbkdf2(100_000));
    let offer = Policy::V1
        .upgrade_for(vault.policy_version(), params)
        .unwrap();
    assert_eq!(offer.reason, UpgradeReason::WeakIterations);
    assert_eq!(offer.policy, Policy::V1);
    let offer = Policy::V2
        .upgrade_for(vault.policy_version(), params)
        .unwrap();
    assert_eq!(offer.reason, UpgradeReason::WeakIterations);
    assert_eq!(offer.policy, Policy::V2);

    let mut below = vault_core::KdfRequest::for_new_slot(
        &Policy {
            kdf: pbkdf2(99_999),
            ..old
        },
        &mut rng(1),
    );
    assert_eq!(below.unwrap_err().code(), Code::BelowPolicy);
    below = vault_core::KdfRequest::for_new_slot(&old, &mut rng(1));
    assert!(below.is_ok());
}

#[test]
fn an_upgrade_is_offered_when_something_gets_better() {
    let (one, two) = (Policy::V1.version, Policy::V2.version);
    let offer = |policy: Policy, sealing, slot| {
        let offer = policy.upgrade_for(sealing, slot);
        offer.map(|offer| (offer.policy.version, offer.policy.kdf, offer.reason))
    };
    let newer = UpgradeReason::NewerPolicy;
    let weak = UpgradeReason::WeakIterations;
    let v1 = Policy::V1;
    let v2 = Policy::V2;
    assert_eq!(offer(v1, one, v1.kdf), None);
    assert_eq!(offer(v2, two, v2.kdf), None);
    assert_eq!(offer(v2, one, v1.kdf), Some((two, v2.kdf, newer)));
    // A deployment's higher number of rounds.
    let dearer = Policy {
        kdf: pbkdf2(900_000),
        ..v1
    };
    assert_eq!(offer(dearer, one, v1.kdf), Some((one, dearer.kdf, weak)));
    // Never back: neither the cipher, nor rounds, nor the derivation, nor
    // what was fitted to a device.
    assert_eq!(offer(v1, two, v2.kdf), None);
    assert_eq!(offer(v1, one, pbkdf2(900_000)), None);
    assert_eq!(offer(v2, two, argon2id(19 * 1024, 2)), None);
    assert_eq!(offer(v1, two, pbkdf2(100_000)), Some((two, v1.kdf, weak)));
    let chacha = Policy { kdf: v1.kdf, ..v2 };
    let kept = argon2id(32 * 1024, 3);
    assert_eq!(offer(chacha, one, kept), Some((two, kept, newer)));
    assert_eq!(
        offer(chacha, one, pbkdf2(900_000)),
        Some((two, pbkdf2(900_000), newer))
    );
}

#[test]
fn argon2id_is_fitted_to_a_slow_device_within_the_bounds() {
    let full = Policy::V2.kdf;
    assert_eq!(full.calibrated(0, 1000), full);
    assert_eq!(full.calibrated(1000, 1000), full);
    assert_eq!(full.calibrated(2000, 1000), argon2id(32 * 1024, 3));
    assert_eq!(full.calibrated(3000, 1000), argon2id(21 * 1024, 3));
    assert_eq!(full.calibrated(4000, 1000), argon2id(24 * 1024, 2));
    assert_eq!(full.calibrated(100_000, 1000), argon2id(19 * 1024, 2));
    assert_eq!(full.calibrated(u32::MAX, 0), argon2id(19 * 1024, 2));
    assert_eq!(Policy::V1.kdf.calibrated(9000, 1), Policy::V1.kdf);
    let mut last = u64::MAX;
    for measured_ms in (0..20_000).step_by(37) {
        let fitted = full.calibrated(measured_ms, 800);
        assert!(fitted.check().is_ok(), "{measured_ms}");
        let KdfParams::Argon2id {
            memory_kib, passes, ..
        } = fitted
        else {
            panic!("another derivation");
        };
        let work = u64::from(memory_kib) * u64::from(passes);
        let fits = work * u64::from(measured_ms) <= 800 * 64 * 1024 * 3;
        assert!(fits || fitted == argon2id(19 * 1024, 2), "{measured_ms}");
        // A step of a mebibyte and two passes for three may cross.
        assert!(work <= last.saturating_add(3 * 1024));
        last = work;
    }
}
