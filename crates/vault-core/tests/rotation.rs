//! A fresh vault key.
//!
//! 1. What was sealed before opens after; what is sealed after does not open
//!    with the key from before.
//! 2. Every slot from before is dead: no list with one is taken.
//! 3. Sealing anew changes neither body nor stamp nor record.
//! 4. Until the new list is taken up, nothing has happened.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, draft, identity, note, rng, stretched};
use vault_core::{
    KdfRequest, LockedVault, NewSlot, OpBody, OpenError, Policy, RecoveryCode, Reseal, ResealError,
    SlotError, SlotKey, SlotList, UnlockError, UnlockedVault,
};
use vault_types::{
    Code, CredentialId, Cursor, DeviceId, Epoch, Generation, HistoryHash, Kind, ObjectType, Op,
    OpId, SealedBytes, Seen, limits,
};

const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];

fn slot(number: u8) -> NewSlot<'static> {
    NewSlot {
        credential_id: CredentialId::from_random([number; 16]),
        label: "",
    }
}

/// The vault of the next epoch under a new passphrase slot.
fn rotate(
    vault: &UnlockedVault,
    request: &KdfRequest,
    policy: &Policy,
) -> (UnlockedVault, SlotList, KdfRequest) {
    let held = vault.hold(stretched(request, 5)).unwrap();
    let mut rng = rng(u64::from(vault.epoch().0) + 100);
    let next = KdfRequest::for_new_slot(policy, &mut rng).unwrap();
    let key = stretched(&next, 5).into();
    let made = vault.rotate(&held, policy, &[(slot(9), key)], &mut rng);
    let (vault, list) = made.unwrap();
    (vault, list, next)
}

fn open(list: &SlotList, key: impl Into<SlotKey>) -> Result<UnlockedVault, UnlockError> {
    let list = SlotList::parse_json(&list.to_json().unwrap())?;
    LockedVault::new(identity(), list)?.unlock(key)
}

fn reseal(number: u8) -> Reseal {
    Reseal {
        op_id: OpId::from_parts(1_800_000_000_000, [number; 10]),
        device_id: DeviceId::from_random([8; 16]),
        seen: Seen {
            cursor: Cursor(77),
            hash: HistoryHash::from_bytes([7; 32]),
        },
    }
}

#[test]
fn everything_of_every_epoch_opens_after_two_rotations() {
    for (first, second) in [(0, 0), (1, 1), (0, 1), (1, 0)] {
        let (one, _, request) = create(identity(), POLICIES[first], 7);
        let (two, _, request) = rotate(&one, &request, &POLICIES[second]);
        let (three, list, request) = rotate(&two, &request, &POLICIES[second]);
        assert_eq!(list.generation(), Generation(3));
        assert_eq!(list.epoch(), Epoch(3));
        let opened = open(&list, stretched(&request, 5)).unwrap();
        for (at, vault) in [&one, &two, &three].into_iter().enumerate() {
            let op = vault
                .seal_op(&draft(1), &note("text"), &mut rng(1))
                .unwrap();
            assert_eq!(op.header.epoch, Epoch(at as u32 + 1));
            let page =
                vault.seal_object(ObjectType::CataloguePage, &[1; 16], 1, b"page", &mut rng(1));
            for vault in [&three, &opened] {
                assert_eq!(vault.open_op(&op), Ok(note("text")));
                let page = vault.open_object(
                    ObjectType::CataloguePage,
                    &[1; 16],
                    1,
                    page.as_ref().unwrap(),
                );
                assert_eq!(page.unwrap().as_slice(), b"page");
            }
            assert_eq!(
                one.import_record_id("a.md", 0),
                vault.import_record_id("a.md", 0)
            );
            assert_eq!(one.content_mark(b"x"), vault.content_mark(b"x"));
        }
    }
}

#[test]
fn the_key_from_before_opens_nothing_new() {
    for policy in POLICIES {
        let (one, _, request) = create(identity(), policy, 7);
        let (two, _, _) = rotate(&one, &request, &policy);
        let op = two.seal_op(&draft(1), &note("text"), &mut rng(1)).unwrap();
        let epoch = Epoch(2);
        assert_eq!(one.open_op(&op), Err(OpenError::UnknownEpoch { epoch }));
        let mut relabelled = op;
        relabelled.header.epoch = Epoch(1);
        assert_eq!(one.open_op(&relabelled), Err(OpenError::CannotOpen));
    }
}

#[test]
fn a_slot_from_before_is_dead_in_every_list() {
    let (one, _, request) = create(identity(), Policy::V1, 7);
    let held = one.hold(stretched(&request, 5)).unwrap();
    let code = &RecoveryCode::generate_set(&mut rng(1)).unwrap()[0];
    let code = || code.slot_key(identity().vault_id);
    let mut edit = one.edit_slots();
    edit.add(&held, &Policy::V1, slot(3), &code(), &mut rng(2))
        .unwrap();
    let with_code = edit.finish().unwrap();
    let mut one = one;
    one.adopt_slots(with_code.clone()).unwrap();
    let (_, rotated, new_request) = rotate(&one, &request, &Policy::V1);

    assert_eq!(open(&rotated, code()).err(), Some(UnlockError::NoSuchSlot));
    assert_eq!(
        open(&rotated, stretched(&request, 5)).err(),
        Some(UnlockError::NoSuchSlot)
    );
    assert!(open(&rotated, stretched(&new_request, 5)).is_ok());

    // A server puts the old slots into the new list, or the new keyring and
    // generation around the old slots.
    let old = serde_json::to_value(&with_code).unwrap();
    let new = serde_json::to_value(&rotated).unwrap();
    let mut mixed = new.clone();
    for slot in old["slots"].as_array().unwrap() {
        mixed["slots"].as_array_mut().unwrap().push(slot.clone());
    }
    let mut dressed = old.clone();
    dressed["generation"] = new["generation"].clone();
    let mut ringed = dressed.clone();
    ringed["keyring"] = new["keyring"].clone();
    let mut sealed = ringed.clone();
    sealed["seal"] = new["seal"].clone();
    for changed in [mixed, dressed, ringed, sealed] {
        let list = SlotList::parse_json(changed.to_string().as_bytes()).unwrap();
        for key in [code(), stretched(&request, 5).into()] {
            assert_eq!(open(&list, key).err(), Some(UnlockError::SlotsTampered));
        }
    }
    // The whole old list is the vault's own: its generation gives it away.
    assert!(open(&with_code, code()).is_ok());
    let refused = with_code.refuse_older(rotated.generation());
    assert_eq!(refused, Err(UnlockError::SlotsRolledBack));
}

#[test]
fn a_code_that_opened_the_vault_leads_to_a_new_passphrase_and_key() {
    let (one, _, request) = create(identity(), Policy::V1, 7);
    let held = one.hold(stretched(&request, 5)).unwrap();
    let code = &RecoveryCode::generate_set(&mut rng(1)).unwrap()[0];
    let key = || code.slot_key(identity().vault_id);
    let mut edit = one.edit_slots();
    edit.add(&held, &Policy::V1, slot(3), &key(), &mut rng(2))
        .unwrap();
    let list = edit.finish().unwrap();
    let op = one.seal_op(&draft(1), &note("text"), &mut rng(1)).unwrap();
    drop(one);

    let locked = LockedVault::new(identity(), list).unwrap();
    let (vault, held) = locked.unlock_and_hold(key()).unwrap();
    assert_eq!(vault.opened_by(), slot(3).credential_id);
    let next = KdfRequest::for_new_slot(&Policy::V1, &mut rng(4)).unwrap();
    let new = stretched(&next, 6).into();
    let rotated = vault.rotate(&held, &Policy::V1, &[(slot(9), new)], &mut rng(5));
    let (_, list) = rotated.unwrap();
    assert_eq!(open(&list, key()).err(), Some(UnlockError::NoSuchSlot));
    let vault = open(&list, stretched(&next, 6)).unwrap();
    assert_eq!(vault.open_op(&op), Ok(note("text")));
}

#[test]
fn a_rotation_leaves_a_way_in_for_a_person() {
    let (vault, _, request) = create(identity(), Policy::V1, 7);
    let held = vault.hold(stretched(&request, 5)).unwrap();
    let none = vault.rotate(&held, &Policy::V1, &[], &mut rng(1));
    assert_eq!(none.map(drop), Err(SlotError::LastSlot));
    let secret = vault_core::DeviceSecret::from_platform(&[7; 32]).unwrap();
    let slots = [(slot(1), secret.slot_key(identity().vault_id))];
    let device = vault.rotate(&held, &Policy::V1, &slots, &mut rng(1));
    assert_eq!(device.map(drop), Err(SlotError::LastSlot));
}

#[test]
fn an_older_epochs_key_in_hand_rotates_nothing() {
    let (one, _, request) = create(identity(), Policy::V1, 7);
    let held = one.hold(stretched(&request, 5)).unwrap();
    let (two, _, _) = rotate(&one, &request, &Policy::V1);
    let next = KdfRequest::for_new_slot(&Policy::V1, &mut rng(4)).unwrap();
    let slots = [(slot(1), stretched(&next, 5).into())];
    let refused = two.rotate(&held, &Policy::V1, &slots, &mut rng(1));
    assert_eq!(refused.map(drop), Err(SlotError::ForeignKey));
    let mut edit = two.edit_slots();
    let refused = edit.add(&held, &Policy::V1, slot(2), &slots[0].1, &mut rng(1));
    assert_eq!(refused, Err(SlotError::ForeignKey));
}

#[test]
fn a_list_of_another_epoch_is_not_taken_up_by_an_open_vault() {
    let (mut one, first, request) = create(identity(), Policy::V1, 7);
    let (_, list, _) = rotate(&one, &request, &Policy::V1);
    assert!(list.epoch() > one.epoch());
    assert_eq!(one.adopt_slots(list), Err(UnlockError::SlotsTampered));
    assert_eq!(one.slots(), &first);
    assert_eq!(one.epoch(), Epoch(1));
}

#[test]
fn rotations_end_at_their_limit_and_the_longest_list_fits_a_request() {
    let (mut vault, _, mut request) = create(identity(), Policy::V2, 7);
    for _ in 0..limits::OLDER_KEKS_MAX {
        let (next, _, next_request) = rotate(&vault, &request, &Policy::V2);
        (vault, request) = (next, next_request);
    }
    let held = vault.hold(stretched(&request, 5)).unwrap();
    let mut edit = vault.edit_slots();
    for number in 1..limits::SLOTS_MAX as u8 {
        let label = "x".repeat(limits::DEVICE_NAME_BYTES_MAX);
        let named = NewSlot {
            credential_id: CredentialId::from_random([number + 60; 16]),
            label: &label,
        };
        let key = stretched(&request, 5).into();
        edit.add(&held, &Policy::V2, named, &key, &mut rng(number.into()))
            .unwrap();
    }
    let list = edit.finish().unwrap();
    let len = list.to_json().unwrap().len();
    assert!(len < limits::REQUEST_BYTES_MAX - 4096, "{len}");
    assert!(open(&list, stretched(&request, 5)).is_ok());

    let slots = [(slot(9), stretched(&request, 5).into())];
    let refused = vault
        .rotate(&held, &Policy::V2, &slots, &mut rng(1))
        .map(drop);
    assert_eq!(refused, Err(SlotError::TooManyEpochs));
    assert_eq!(SlotError::TooManyEpochs.code(), Code::LimitExceeded);
}

#[test]
fn sealing_anew_keeps_body_stamp_and_record() {
    for (before, after) in [(0, 0), (1, 1), (0, 1), (1, 0)] {
        let (one, _, request) = create(identity(), POLICIES[before], 7);
        let (two, _, _) = rotate(&one, &request, &POLICIES[after]);
        for body in [note("a text"), OpBody::Tombstone] {
            let old = one.seal_op(&draft(1), &body, &mut rng(1)).unwrap();
            assert!(!one.needs_reseal(&old.header) && two.needs_reseal(&old.header));
            let new = two.reseal_op(&old, reseal(1), &mut rng(2)).unwrap();
            assert!(!two.needs_reseal(&new.header));
            assert_eq!(two.open_op(&new), Ok(body));
            assert_eq!(new.header.epoch, Epoch(2));
            assert_eq!(new.header.policy, POLICIES[after].version);
            assert_eq!(new.header.base, Some(old.header.op_id));
            assert_eq!(new.header.op_id, reseal(1).op_id);
            assert_eq!(new.header.device_id, reseal(1).device_id);
            assert_eq!(new.header.seen, reseal(1).seen);
            let kept = |op: &Op| (op.header.stamp, op.header.record_id, op.header.deleted);
            assert_eq!(kept(&new), kept(&old));
        }
    }
}

#[test]
fn what_does_not_open_is_not_sealed_anew() {
    let (one, _, request) = create(identity(), Policy::V1, 7);
    let (two, _, _) = rotate(&one, &request, &Policy::V1);
    let mut op = one.seal_op(&draft(1), &note("text"), &mut rng(1)).unwrap();
    let mut body = op.body.clone().into_vec();
    body[40] ^= 1;
    op.body = SealedBytes::new(body);
    let refused = two.reseal_op(&op, reseal(1), &mut rng(2)).unwrap_err();
    assert_eq!(refused, ResealError::Open(OpenError::CannotOpen));
    assert_eq!(refused.code(), Code::CannotOpen);
    // What the server may read bears no seal to renew.
    op.header.standard_kind = Some(Kind::Idea);
    assert!(!two.needs_reseal(&op.header));
    let refused = two.reseal_op(&op, reseal(1), &mut rng(2)).unwrap_err();
    assert_eq!(refused, ResealError::Open(OpenError::NotSealed));
}

#[test]
fn an_object_tells_whether_it_is_of_the_current_key() {
    let (one, _, request) = create(identity(), Policy::V1, 7);
    let (two, _, _) = rotate(&one, &request, &Policy::V1);
    let sealed = |vault: &UnlockedVault| {
        let sealed = vault.seal_object(ObjectType::IndexSegment, &[1; 16], 1, b"x", &mut rng(1));
        sealed.unwrap()
    };
    let (old, new) = (sealed(&one), sealed(&two));
    let needs = |vault: &UnlockedVault, sealed: &[u8]| {
        vault.object_needs_reseal(ObjectType::IndexSegment, sealed)
    };
    assert!(needs(&two, &old) && !needs(&two, &new) && !needs(&one, &old));
    assert!(needs(&two, b"") && needs(&two, b"nonsense"));
}
