//! Changing the slots of an open vault.
//!
//! 1. Every change is one generation on, and opens with its own slots only.
//! 2. Nobody is locked out: a slot that a person can open always stays.
//! 3. A slot is added by who has just given a secret of this vault's current
//!    epoch, and by nobody else.
//! 4. An older list, a fork of a list, another's list is not taken up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, draft, identity, note, rng, stretched};
use vault_core::{
    DeviceSecret, HeldKek, KdfRequest, LockedVault, NewSlot, Policy, RecoveryCode, SlotEdit,
    SlotError, SlotKey, SlotList, SlotType, UnlockError, UnlockedVault, VaultIdentity,
};
use vault_types::{Code, CredentialId, Generation, VaultId, limits};

const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];

fn slot(number: u8) -> NewSlot<'static> {
    NewSlot {
        credential_id: CredentialId::from_random([number; 16]),
        label: "Slot",
    }
}

fn vault(policy: Policy) -> (UnlockedVault, HeldKek, KdfRequest) {
    let (vault, _, request) = create(identity(), policy, 7);
    let held = vault.hold(stretched(&request, 5)).unwrap();
    (vault, held, request)
}

fn code(seed: u64) -> SlotKey {
    let set = RecoveryCode::generate_set(&mut rng(seed)).unwrap();
    set[0].slot_key(identity().vault_id)
}

fn device(fill: u8) -> SlotKey {
    let secret = DeviceSecret::from_platform(&[fill; 32]).unwrap();
    secret.slot_key(identity().vault_id)
}

fn passphrase(policy: &Policy, seed: u64, fill: u8) -> (SlotKey, KdfRequest) {
    let request = KdfRequest::for_new_slot(policy, &mut rng(seed)).unwrap();
    (stretched(&request, fill).into(), request)
}

fn add(edit: &mut SlotEdit<'_>, held: &HeldKek, number: u8, key: &SlotKey) {
    let added = edit.add(
        held,
        &Policy::V1,
        slot(number),
        key,
        &mut rng(number.into()),
    );
    added.unwrap();
}

fn open(list: &SlotList, key: impl Into<SlotKey>) -> Result<UnlockedVault, UnlockError> {
    // Through its JSON, as it comes back from a server.
    let list = SlotList::parse_json(&list.to_json().unwrap())?;
    LockedVault::new(identity(), list)?.unlock(key)
}

#[test]
fn a_changed_passphrase_opens_and_the_old_one_does_not() {
    for policy in POLICIES {
        let (vault, held, old) = vault(policy);
        let op = vault
            .seal_op(&draft(1), &note("text"), &mut rng(1))
            .unwrap();
        let (key, new) = passphrase(&policy, 20, 6);
        let mut edit = vault.edit_slots();
        edit.remove_all(SlotType::Passphrase);
        edit.add(&held, &policy, slot(9), &key, &mut rng(21))
            .unwrap();
        let list = edit.finish().unwrap();

        assert_eq!(list.generation(), Generation(2));
        assert_eq!(list.slots().len(), 1);
        assert_ne!(new.salt(), old.salt());
        let opened = open(&list, stretched(&new, 6)).unwrap();
        assert_eq!(opened.open_op(&op), Ok(note("text")));
        assert_eq!(
            open(&list, stretched(&new, 5)).err(),
            Some(UnlockError::CannotUnlock)
        );
        assert_eq!(
            open(&list, stretched(&old, 5)).err(),
            Some(UnlockError::NoSuchSlot)
        );
        // The vault itself is as it was until it takes the list up.
        assert_eq!(vault.slots().generation(), Generation(1));
    }
}

#[test]
fn a_slot_of_each_type_opens_the_vault() {
    for policy in POLICIES {
        let (vault, held, request) = vault(policy);
        let mut edit = vault.edit_slots();
        add(&mut edit, &held, 10, &code(1));
        add(&mut edit, &held, 11, &device(7));
        let list = edit.finish().unwrap();
        for (key, number) in [(code(1), 10), (device(7), 11)] {
            let opened = open(&list, key).unwrap();
            assert_eq!(opened.opened_by(), slot(number).credential_id);
        }
        assert!(open(&list, stretched(&request, 5)).is_ok());
        for wrong in [code(2), device(8)] {
            assert_eq!(open(&list, wrong).err(), Some(UnlockError::CannotUnlock));
        }
    }
}

#[test]
fn a_key_is_tried_on_slots_of_its_own_type() {
    let (vault, held, _) = vault(Policy::V1);
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 11, &device(7));
    let list = edit.finish().unwrap();
    assert_eq!(open(&list, code(1)).err(), Some(UnlockError::NoSuchSlot));
}

#[test]
fn a_key_of_one_type_opens_no_slot_of_another() {
    // The same 32 bytes as passphrase and as device secret.
    let (vault, held, _) = vault(Policy::V1);
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 11, &device(5));
    let mut json = serde_json::to_value(edit.finish().unwrap()).unwrap();
    let types = ["passphrase", "recovery", "device"];
    for at in 0..2 {
        for slot_type in types {
            let before = json["slots"][at]["slot_type"].take();
            json["slots"][at]["slot_type"] = slot_type.into();
            let changed = before != json["slots"][at]["slot_type"];
            let list = SlotList::parse_json(json.to_string().as_bytes()).unwrap();
            let locked = LockedVault::new(identity(), list).unwrap();
            for key in [device(5), code(1)] {
                assert!(locked.unlock(key).is_err() || !changed);
            }
            json["slots"][at]["slot_type"] = before;
        }
    }
}

#[test]
fn the_last_way_in_cannot_be_removed() {
    let (vault, held, _) = vault(Policy::V1);
    let only = vault.slots().slots()[0].context().credential_id;
    let refused = |edit: SlotEdit<'_>| {
        let refused = edit.finish().unwrap_err();
        assert_eq!(refused, SlotError::LastSlot);
        assert_eq!(refused.code(), Code::LastSlot);
    };
    let mut edit = vault.edit_slots();
    edit.remove(only).unwrap();
    refused(edit);
    let mut edit = vault.edit_slots();
    edit.remove_all(SlotType::Passphrase);
    refused(edit);

    // A device's secret alone is no way in for a person.
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 11, &device(7));
    edit.remove(only).unwrap();
    refused(edit);

    // A recovery code is, unless the server takes it no more.
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 10, &code(1));
    edit.remove(only).unwrap();
    assert!(edit.finish().is_ok());
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 10, &code(1));
    edit.count_out(&[slot(10).credential_id]);
    edit.remove(only).unwrap();
    refused(edit);
}

#[test]
fn a_slot_is_replaced_within_one_edit() {
    let (vault, held, _) = vault(Policy::V1);
    let only = vault.slots().slots()[0].context().credential_id;
    let mut edit = vault.edit_slots();
    edit.remove(only).unwrap();
    let same_id = NewSlot {
        credential_id: only,
        label: "Again",
    };
    edit.add(&held, &Policy::V1, same_id, &code(3), &mut rng(1))
        .unwrap();
    let list = edit.finish().unwrap();
    assert_eq!(list.slots()[0].label(), "Again");
    assert!(open(&list, code(3)).is_ok());
}

#[test]
fn unknown_repeated_and_surplus_slots_are_refused() {
    let (vault, held, _) = vault(Policy::V1);
    let mut edit = vault.edit_slots();
    let credential_id = slot(50).credential_id;
    assert_eq!(
        edit.remove(credential_id),
        Err(SlotError::UnknownSlot { credential_id })
    );
    for number in 1..limits::SLOTS_MAX as u8 {
        add(&mut edit, &held, number + 60, &device(number));
    }
    let one_more = edit.add(&held, &Policy::V1, slot(200), &device(1), &mut rng(1));
    assert_eq!(one_more, Err(SlotError::TooManySlots));
    let credential_id = slot(61).credential_id;
    let repeated = edit.add(&held, &Policy::V1, slot(61), &device(1), &mut rng(1));
    assert_eq!(repeated, Err(SlotError::RepeatedSlot { credential_id }));
    let full = edit.finish().unwrap();
    assert_eq!(full.slots().len(), limits::SLOTS_MAX);
    assert!(open(&full, device(31)).is_ok());

    let long = "x".repeat(limits::DEVICE_NAME_BYTES_MAX + 1);
    let named = NewSlot {
        label: &long,
        ..slot(1)
    };
    let refused = vault
        .edit_slots()
        .add(&held, &Policy::V1, named, &code(1), &mut rng(1));
    assert_eq!(refused.unwrap_err().code(), Code::LimitExceeded);
}

#[test]
fn a_vault_key_is_held_by_who_gives_a_secret_of_the_vault() {
    let (vault, _, request) = vault(Policy::V1);
    let wrong = vault.hold(stretched(&request, 6)).err();
    assert_eq!(wrong, Some(UnlockError::CannotUnlock));
    let (other, _) = passphrase(&Policy::V1, 90, 5);
    assert_eq!(vault.hold(other).err(), Some(UnlockError::NoSuchSlot));

    // The key of another vault adds nothing here.
    let elsewhere = VaultIdentity {
        vault_id: VaultId::from_random([8; 16]),
        ..identity()
    };
    let (other_vault, _, other_request) = create(elsewhere, Policy::V1, 7);
    let foreign = other_vault.hold(stretched(&other_request, 5)).unwrap();
    let mut edit = vault.edit_slots();
    let refused = edit.add(&foreign, &Policy::V1, slot(10), &code(1), &mut rng(1));
    assert_eq!(refused, Err(SlotError::ForeignKey));
    assert_eq!(format!("{foreign:?}"), "HeldKek(..)");
}

#[test]
fn a_list_is_taken_up_when_it_is_newer_and_the_vaults_own() {
    let (mut vault, held, _) = vault(Policy::V1);
    let first = vault.slots().clone();
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 10, &code(1));
    let second = edit.finish().unwrap();
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 10, &code(2));
    let fork = edit.finish().unwrap();
    assert_eq!(second.generation(), fork.generation());

    assert_eq!(vault.adopt_slots(first.clone()), Ok(()));
    assert_eq!(vault.adopt_slots(second.clone()), Ok(()));
    assert_eq!(vault.adopt_slots(second.clone()), Ok(()));
    assert_eq!(vault.adopt_slots(fork), Err(UnlockError::SlotsTampered));
    assert_eq!(
        vault.adopt_slots(first.clone()),
        Err(UnlockError::SlotsRolledBack)
    );
    assert_eq!(UnlockError::SlotsRolledBack.code(), Code::SlotsRolledBack);

    // A generation that the server wrote in, another vault's list.
    let mut raised = serde_json::to_value(&first).unwrap();
    raised["generation"] = 9.into();
    let raised = SlotList::parse_json(raised.to_string().as_bytes()).unwrap();
    assert_eq!(vault.adopt_slots(raised), Err(UnlockError::SlotsTampered));
    let (_, foreign, _) = create(identity(), Policy::V1, 8);
    assert!(vault.adopt_slots(foreign).is_err());
    assert_eq!(vault.slots(), &second);
}

#[test]
fn an_older_list_is_refused_by_its_generation() {
    let (vault, held, _) = vault(Policy::V1);
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 10, &code(1));
    let second = edit.finish().unwrap();
    let refused = vault.slots().refuse_older(second.generation());
    assert_eq!(refused, Err(UnlockError::SlotsRolledBack));
    assert_eq!(second.refuse_older(second.generation()), Ok(()));
    assert_eq!(second.refuse_older(Generation(0)), Ok(()));
}

#[test]
fn a_policy_once_taken_is_not_given_up_by_opening_an_older_slot() {
    let (mut vault, held, _) = vault(Policy::V1);
    let mut edit = vault.edit_slots();
    add(&mut edit, &held, 10, &code(1));
    edit.remove_all(SlotType::Passphrase);
    let (key, request) = passphrase(&Policy::V2, 20, 6);
    edit.add(&held, &Policy::V2, slot(9), &key, &mut rng(21))
        .unwrap();
    let list = edit.finish().unwrap();
    for key in [code(1), stretched(&request, 6).into()] {
        assert_eq!(
            open(&list, key).unwrap().policy_version(),
            Policy::V2.version
        );
    }
    assert_eq!(vault.policy_version(), Policy::V1.version);
    vault.adopt_slots(list).unwrap();
    assert_eq!(vault.policy_version(), Policy::V2.version);
    let op = vault
        .seal_op(&draft(1), &note("text"), &mut rng(1))
        .unwrap();
    assert_eq!(op.header.policy, Policy::V2.version);
}
