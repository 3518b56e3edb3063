//! Recovery codes.
//!
//! ```text
//! XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX-XXXXX   the fifth of each is a check
//! ```
//!
//! 1. Every single wrong character, every two characters that changed places
//!    within a group or beside each other, and every two groups that changed
//!    places are caught, in the group where they stand.
//! 2. Case, spaces, dashes, I, L and O are read as a person meant them.
//! 3. A code opens its own vault's slot, its verifier opens nothing, and
//!    neither leads to the other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, identity, rng, stretched};
use proptest::prelude::*;
use std::collections::BTreeSet;
use vault_core::{
    GroupStatus, LockedVault, NewSlot, Policy, RecoveryCode, RecoveryCodeError, SlotList, SlotType,
    UnlockError, check_recovery_code,
};
use vault_types::{CredentialId, VaultId, limits};

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODES: u64 = 8;

fn set(seed: u64) -> Vec<RecoveryCode> {
    RecoveryCode::generate_set(&mut rng(seed)).unwrap()
}

/// The characters of a code without what stands between them.
fn characters(code: &RecoveryCode) -> Vec<char> {
    let text = code.expose_text();
    text.chars().filter(|typed| *typed != '-').collect()
}

fn text(characters: &[char]) -> String {
    characters.iter().collect()
}

/// The groups that are marked as wrong.
fn wrong_groups(typed: &str) -> Vec<usize> {
    let groups = check_recovery_code(typed).groups;
    let wrong = groups.iter().enumerate();
    let wrong = wrong.filter(|(_, group)| group.status == GroupStatus::Wrong);
    wrong.map(|(at, _)| at).collect()
}

fn assert_caught(typed: &str) {
    assert!(!check_recovery_code(typed).complete, "{typed}");
    let refused = RecoveryCode::parse(typed).map(drop);
    assert_eq!(refused, Err(RecoveryCodeError::Mistyped), "{typed}");
}

#[test]
fn a_set_has_eight_different_codes_of_seven_groups() {
    let set = set(1);
    assert_eq!(set.len(), limits::RECOVERY_CODES);
    let texts: BTreeSet<String> = set
        .iter()
        .map(|code| code.expose_text().to_string())
        .collect();
    assert_eq!(texts.len(), 8);
    for text in &texts {
        let groups: Vec<_> = text.split('-').collect();
        assert_eq!(groups.len(), 7);
        assert!(groups.iter().all(|group| group.len() == 5));
        assert!(
            text.chars()
                .all(|typed| typed == '-' || ALPHABET.contains(typed))
        );
        let read = RecoveryCode::parse(text).unwrap();
        assert_eq!(&*read.expose_text(), text);
        assert!(check_recovery_code(text).complete);
    }
}

#[test]
fn every_single_wrong_character_is_caught_in_its_group() {
    let mut cases = 0;
    for seed in 1..=CODES {
        let right = characters(&set(seed)[0]);
        for at in 0..right.len() {
            for other in ALPHABET.chars().filter(|other| *other != right[at]) {
                let mut wrong = right.clone();
                wrong[at] = other;
                assert_caught(&text(&wrong));
                assert_eq!(wrong_groups(&text(&wrong)), [at / 5]);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, CODES as usize * 35 * 31);
}

#[test]
fn characters_that_changed_places_are_caught() {
    let mut cases = 0;
    for seed in 1..=CODES {
        let right = characters(&set(seed)[0]);
        for one in 0..right.len() {
            for other in one + 1..right.len() {
                let near = other == one + 1 || one / 5 == other / 5;
                if !near || right[one] == right[other] {
                    continue;
                }
                let mut wrong = right.clone();
                wrong.swap(one, other);
                assert_caught(&text(&wrong));
                cases += 1;
            }
        }
    }
    assert!(cases > 400, "{cases}");
}

#[test]
fn groups_that_changed_places_are_caught() {
    for seed in 1..=CODES {
        let code = &set(seed)[0];
        let shown = code.expose_text();
        let right: Vec<_> = shown.split('-').collect();
        for one in 0..7 {
            for other in one + 1..7 {
                let mut wrong = right.clone();
                wrong.swap(one, other);
                assert_caught(&wrong.join("-"));
                assert_eq!(wrong_groups(&wrong.join("-")), [one, other]);
            }
        }
        // The same group twice, in place of another.
        let mut wrong = right.clone();
        wrong[3] = wrong[2];
        assert_caught(&wrong.join("-"));
    }
}

#[test]
fn the_check_character_is_that_of_the_format() {
    // By multiplication in GF(32) as the definition says, not by doubling.
    fn multiply(one: u8, other: u8) -> u8 {
        let mut product = 0;
        for bit in 0..5 {
            if other >> bit & 1 == 1 {
                product ^= u16::from(one) << bit;
            }
        }
        for bit in (5..10).rev() {
            if product >> bit & 1 == 1 {
                product ^= 0b10_0101 << (bit - 5);
            }
        }
        product as u8
    }
    let number = |typed: char| ALPHABET.find(typed).unwrap() as u8;
    for seed in 1..=CODES {
        for (position, group) in characters(&set(seed)[0]).chunks(5).enumerate() {
            let mut check = position as u8 + 1;
            let mut power = 2;
            for typed in group[..4].iter().rev() {
                check ^= multiply(power, number(*typed));
                power = multiply(power, 2);
            }
            assert_eq!(number(group[4]), check);
        }
    }
}

#[test]
fn a_code_is_read_however_it_is_written() {
    let code = &set(3)[0];
    let shown = code.expose_text();
    let plain = shown.replace('-', "");
    for typed in [
        shown.to_lowercase(),
        plain.clone(),
        format!("  {}\n", shown.replace('-', " ")),
        shown.replace('-', " \u{2013} "),
        shown.replace('-', "\u{a0}\u{2011}\u{200b}"),
        plain.replace('1', "I").replace('0', "o"),
        plain.replace('1', "l").replace('0', "O"),
        plain.chars().map(|typed| format!("{typed} ")).collect(),
    ] {
        let read = RecoveryCode::parse(&typed).unwrap();
        assert_eq!(*read.expose_text(), *shown, "{typed}");
    }
}

#[test]
fn a_code_is_judged_group_by_group_while_it_is_typed() {
    let shown = set(4)[0].expose_text();
    let plain = shown.replace('-', "");
    for len in 0..=plain.len() {
        let typed = check_recovery_code(&plain[..len]);
        assert_eq!(typed.groups.len(), len.div_ceil(5));
        assert_eq!(typed.complete, len == plain.len());
        for (at, group) in typed.groups.iter().enumerate() {
            let full = len >= at * 5 + 5;
            let wanted = if full {
                GroupStatus::Ok
            } else {
                GroupStatus::Incomplete
            };
            assert_eq!(group.status, wanted);
            assert_eq!(*group.text, plain[at * 5..len.min(at * 5 + 5)]);
        }
        if len < plain.len() {
            let refused = RecoveryCode::parse(&plain[..len]).map(drop);
            assert_eq!(refused, Err(RecoveryCodeError::Incomplete));
        }
    }
    // Unknown characters show at once, and one character too many as well.
    assert_eq!(wrong_groups("U"), [0]);
    assert_eq!(wrong_groups("012é"), [0]);
    assert_eq!(wrong_groups(&format!("{plain}0")), [7]);
    let long = "0".repeat(100_000);
    assert_eq!(check_recovery_code(&long).groups.len(), 8);
}

/// A vault with a passphrase and a set of codes.
fn with_codes(policy: Policy) -> (SlotList, Vec<RecoveryCode>) {
    let (vault, _, request) = create(identity(), policy, 7);
    let held = vault.hold(stretched(&request, 5)).unwrap();
    let mut rng = rng(30);
    let codes = RecoveryCode::generate_set(&mut rng).unwrap();
    let mut edit = vault.edit_slots();
    for (at, code) in codes.iter().enumerate() {
        let slot = NewSlot {
            credential_id: CredentialId::from_random([at as u8 + 40; 16]),
            label: &format!("Code {}", at + 1),
        };
        let key = code.slot_key(identity().vault_id);
        edit.add(&held, &policy, slot, &key, &mut rng).unwrap();
    }
    (edit.finish().unwrap(), codes)
}

#[test]
fn each_code_opens_the_vault_through_its_own_slot() {
    for policy in [Policy::V1, Policy::V2] {
        let (list, codes) = with_codes(policy);
        let json = list.to_json().unwrap();
        let list = SlotList::parse_json(&json).unwrap();
        let locked = LockedVault::new(identity(), list).unwrap();
        for (at, code) in codes.iter().enumerate() {
            let typed = RecoveryCode::parse(&code.expose_text()).unwrap();
            let vault = locked.unlock(typed.slot_key(identity().vault_id)).unwrap();
            assert_eq!(
                vault.opened_by(),
                CredentialId::from_random([at as u8 + 40; 16])
            );
        }
        let slots = locked.slots().slots();
        assert_eq!(
            slots
                .iter()
                .filter(|slot| slot.slot_type() == SlotType::Recovery)
                .count(),
            8
        );
        assert_eq!(slots[1].label(), "Code 1");
        assert_eq!(slots[1].kdf_params(), None);
    }
}

#[test]
fn another_code_or_another_vaults_opens_nothing() {
    let (list, codes) = with_codes(Policy::V1);
    let locked = LockedVault::new(identity(), list).unwrap();
    let other = &set(99)[0];
    let refused = locked.unlock(other.slot_key(identity().vault_id)).err();
    assert_eq!(refused, Some(UnlockError::CannotUnlock));
    let elsewhere = codes[0].slot_key(VaultId::from_random([9; 16]));
    assert_eq!(
        locked.unlock(elsewhere).err(),
        Some(UnlockError::CannotUnlock)
    );
    // Of a vault without codes: no slot to try.
    let (_, list, _) = create(identity(), Policy::V1, 7);
    let locked = LockedVault::new(identity(), list).unwrap();
    let refused = locked.unlock(codes[0].slot_key(identity().vault_id)).err();
    assert_eq!(refused, Some(UnlockError::NoSuchSlot));
}

#[test]
fn a_verifier_is_each_codes_and_vaults_own() {
    let vault_id = identity().vault_id;
    let set = set(5);
    let mut seen = BTreeSet::new();
    for code in &set {
        for vault_id in [vault_id, VaultId::from_random([9; 16])] {
            let verifier = code.verifier(vault_id);
            assert!(seen.insert(*verifier.expose_bytes()));
            assert!(seen.insert(verifier.hash()));
            let again = RecoveryCode::parse(&code.expose_text())
                .unwrap()
                .verifier(vault_id);
            assert_eq!(again.hash(), verifier.hash());
        }
    }
    let text = format!("{:?} {:?}", set[0], set[0].verifier(vault_id));
    assert_eq!(text, "RecoveryCode(..) RecoveryVerifier(..)");
    let typed = check_recovery_code("ABCDE");
    assert!(!format!("{typed:?}").contains("ABCDE"));
}

proptest! {
    #[test]
    fn whatever_is_typed_is_judged_without_a_panic(typed: String) {
        let judged = check_recovery_code(&typed);
        prop_assert!(judged.groups.len() <= 8);
        prop_assert_eq!(judged.complete, RecoveryCode::parse(&typed).is_ok());
    }

    #[test]
    fn a_code_survives_its_text(seed: u64) {
        let code = &RecoveryCode::generate_set(&mut rng(seed)).unwrap()[7];
        let read = RecoveryCode::parse(&code.expose_text()).unwrap();
        let vault_id = identity().vault_id;
        prop_assert_eq!(read.verifier(vault_id).hash(), code.verifier(vault_id).hash());
    }
}
