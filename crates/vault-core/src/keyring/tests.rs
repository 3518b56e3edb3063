//! A vault that has been through a rotation.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::common::{draft, identity, note, rng, stretched};
use crate::slot::{SlotContext, WrappedKek};
use crate::stretch::KdfRequest;
use crate::{LockedVault, OpenError, SlotList};
use vault_types::{CredentialId, Generation, Op, RecordId};

/// A vault of three epochs: its list, and one operation of each epoch.
pub(crate) struct Rotated {
    pub(crate) list: SlotList,
    pub(crate) request: KdfRequest,
    pub(crate) ops: Vec<Op>,
    /// The id and mark of an import in the first epoch.
    pub(crate) first_import: (RecordId, u64),
}

/// Does by hand what a rotation will do: a fresh vault key for each epoch,
/// the one before sealed by it, the last in the slot.
pub(crate) fn rotated(policy: &Policy, change: impl Fn(&mut Vec<OlderKek>)) -> Rotated {
    let identity = identity();
    let mut rng = rng(11);
    let request = KdfRequest::for_new_slot(policy, &mut rng).unwrap();
    let context = SlotContext {
        account_id: identity.account_id,
        vault_id: identity.vault_id,
        credential_id: CredentialId::from_random([3; 16]),
        policy_version: policy.version,
    };
    let (mut older, mut ops) = (Vec::new(), Vec::new());
    let mut first_import = None;
    let mut last: Option<Kek> = None;
    let mut newest = None;
    for number in 1..=3 {
        let kek = Kek::generate(Epoch(number), &mut rng).unwrap();
        let key = stretched(&request, 5).into();
        let slot = WrappedKek::wrap(&kek, context, policy, "", &key, &mut rng).unwrap();
        let keys = EpochKeys::derive(&kek, identity.vault_id);
        if let Some(last) = &last {
            let sealed = OlderKek::seal(last, &keys, policy, &identity, &mut rng);
            older.insert(0, sealed.unwrap());
        }
        last = Some(kek);
        change(&mut older);
        let generation = Generation(u64::from(number));
        let list = SlotList::seal(&identity, generation, vec![slot], older.clone(), &keys);
        if let Ok(vault) = open(list.clone(), &request) {
            let op = vault.seal_op(&draft(number as u8), &note("text"), &mut rng);
            ops.push(op.unwrap());
            let import = (
                vault.import_record_id("a.md", 0),
                vault.content_mark(b"content"),
            );
            first_import.get_or_insert(import);
        }
        newest = Some(list);
    }
    Rotated {
        list: newest.unwrap(),
        request,
        ops,
        first_import: first_import.unwrap(),
    }
}

fn open(list: SlotList, request: &KdfRequest) -> Result<crate::UnlockedVault, UnlockError> {
    LockedVault::new(identity(), list)?.unlock(stretched(request, 5))
}

#[test]
fn operations_of_every_epoch_open() {
    for policy in [Policy::V1, Policy::V2] {
        let rotated = rotated(&policy, |_| ());
        let vault = open(rotated.list, &rotated.request).unwrap();
        assert_eq!(vault.epoch(), Epoch(3));
        for (at, op) in rotated.ops.iter().enumerate() {
            assert_eq!(op.header.epoch, Epoch(at as u32 + 1));
            assert_eq!(vault.open_op(op), Ok(note("text")));
        }
        let mut relabelled = rotated.ops[0].clone();
        relabelled.header.epoch = Epoch(2);
        assert_eq!(vault.open_op(&relabelled), Err(OpenError::CannotOpen));
        relabelled.header.epoch = Epoch(4);
        let epoch = Epoch(4);
        let unknown = Err(OpenError::UnknownEpoch { epoch });
        assert_eq!(vault.open_op(&relabelled), unknown);
    }
}

#[test]
fn import_ids_and_content_marks_outlive_a_rotation() {
    let rotated = rotated(&Policy::V1, |_| ());
    let vault = open(rotated.list, &rotated.request).unwrap();
    assert_eq!(vault.epoch(), Epoch(3));
    assert_eq!(vault.import_record_id("a.md", 0), rotated.first_import.0);
    assert_eq!(vault.content_mark(b"content"), rotated.first_import.1);
}

#[test]
fn older_keys_out_of_order_or_cut_are_refused() {
    let changes: [fn(&mut Vec<OlderKek>); 4] = [
        |older| older.reverse(),
        |older| older.truncate(1),
        |older| {
            if older.len() == 2 {
                older.remove(0);
            }
        },
        |older| {
            if older.len() == 2 {
                older[1].cipher.0[0] ^= 1;
            }
        },
    ];
    for (at, change) in changes.into_iter().enumerate() {
        // The list is sealed as changed: a fault of its author, not of a
        // server, which could not seal it.
        let rotated = rotated(&Policy::V1, change);
        let opened = open(rotated.list, &rotated.request);
        if at == 1 {
            // Dropping the oldest is no fault: what it sealed is unknown then.
            let epoch = Epoch(1);
            let vault = opened.unwrap();
            let unknown = Err(OpenError::UnknownEpoch { epoch });
            assert_eq!(vault.open_op(&rotated.ops[0]), unknown);
        } else {
            assert_eq!(opened.err(), Some(UnlockError::SlotsTampered), "{at}");
        }
    }
}

#[test]
fn a_server_cannot_drop_or_change_an_older_key() {
    let rotated = rotated(&Policy::V1, |_| ());
    let list = serde_json::to_value(&rotated.list).unwrap();
    let refused = |changed: &serde_json::Value| {
        let list = SlotList::parse_json(changed.to_string().as_bytes()).unwrap();
        open(list, &rotated.request).err()
    };
    let mut dropped = list.clone();
    dropped["keyring"].as_array_mut().unwrap().pop();
    assert_eq!(refused(&dropped), Some(UnlockError::SlotsTampered));
    let mut swapped = list.clone();
    swapped["keyring"].as_array_mut().unwrap().reverse();
    assert_eq!(refused(&swapped), Some(UnlockError::SlotsTampered));
    let mut renamed = list;
    renamed["keyring"][0]["epoch"] = 1.into();
    assert_eq!(refused(&renamed), Some(UnlockError::SlotsTampered));
}

#[test]
fn debug_shows_the_epoch_only() {
    let rotated = rotated(&Policy::V1, |_| ());
    let vault = open(rotated.list, &rotated.request).unwrap();
    assert_eq!(format!("{:?}", vault.keyring), "Keyring(epoch 3, ..)");
}
