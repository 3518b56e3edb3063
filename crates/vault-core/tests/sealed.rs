//! A hostile server or disk and what is sealed.
//!
//! What must hold of a sealed operation and a sealed object:
//! 1. any bit flipped, any cut: refused, and no plaintext is left behind;
//! 2. in the place of another record, type, object, format version, epoch,
//!    account or vault: refused;
//! 3. its length tells the bucket of its content only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, draft, identity, note, record, rng, unlocked};
use vault_core::{OpBody, OpenError, Policy, UnlockedVault, VaultIdentity};
use vault_types::{
    AccountId, Cursor, DeviceId, Epoch, HistoryHash, Kind, ObjectType, Op, OpHeader, OpId,
    PolicyVersion, RecordId, SealedBytes, VaultId,
};

const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];

fn sealed_op(vault: &UnlockedVault) -> Op {
    vault
        .seal_op(&draft(1), &note("some text"), &mut rng(3))
        .unwrap()
}

#[test]
fn every_bit_flip_of_an_operation_is_refused() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let bytes = sealed_op(&vault).encode();
        let mut opened_by_cipher = 0;
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(op) = Op::parse(&changed) {
                let refused = vault.open_op(&op).expect_err("a flipped bit was accepted");
                opened_by_cipher += usize::from(refused == OpenError::CannotOpen);
            }
        }
        // All of the body and most of the header: the parser lets those pass.
        assert!(
            opened_by_cipher > (bytes.len() - 12) * 8,
            "{opened_by_cipher}"
        );
    }
}

#[test]
fn an_operation_cut_anywhere_is_refused() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let op = sealed_op(&vault);
        for len in 0..op.body.len() {
            let body = SealedBytes::new(op.body.as_slice()[..len].to_vec());
            let cut = Op { body, ..op.clone() };
            assert_eq!(vault.open_op(&cut), Err(OpenError::CannotOpen), "{len}");
        }
        let mut longer = op.body.clone().into_vec();
        longer.push(0);
        let longer = Op {
            body: SealedBytes::new(longer),
            ..op
        };
        assert_eq!(vault.open_op(&longer), Err(OpenError::CannotOpen));
    }
}

#[test]
fn an_operation_opens_under_its_own_header_only() {
    let vault = unlocked(Policy::V1);
    let op = sealed_op(&vault);
    let changes: [fn(&mut OpHeader); 11] = [
        |header| header.op_id = OpId::from_parts(1, [9; 10]),
        |header| header.record_id = RecordId::from_random([9; 16]),
        |header| header.device_id = DeviceId::from_random([9; 16]),
        |header| header.base = Some(OpId::from_parts(1, [9; 10])),
        |header| header.deleted = true,
        |header| header.policy = PolicyVersion(2),
        |header| header.stamp.wall_ms += 1,
        |header| header.stamp.counter += 1,
        |header| header.seen.cursor = Cursor(6),
        |header| header.seen.hash = HistoryHash::from_bytes([0; 32]),
        |header| header.seen.hash = HistoryHash::START,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut changed = op.clone();
        change(&mut changed.header);
        assert_eq!(vault.open_op(&changed), Err(OpenError::CannotOpen), "{at}");
    }
}

#[test]
fn says_which_epoch_or_policy_is_missing() {
    let vault = unlocked(Policy::V1);
    let op = sealed_op(&vault);
    let mut other = op.clone();
    other.header.epoch = Epoch(2);
    let epoch = Epoch(2);
    assert_eq!(
        vault.open_op(&other),
        Err(OpenError::UnknownEpoch { epoch })
    );
    let mut other = op.clone();
    other.header.policy = PolicyVersion(3);
    let policy = PolicyVersion(3);
    assert_eq!(
        vault.open_op(&other),
        Err(OpenError::UnknownPolicy { policy })
    );
    let mut other = op;
    other.header.standard_kind = Some(Kind::Idea);
    assert_eq!(vault.open_op(&other), Err(OpenError::NotSealed));
}

#[test]
fn no_body_opens_in_the_place_of_another_record() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let mut rng = rng(4);
        let ops: Vec<_> = (0..50)
            .map(|at| {
                vault
                    .seal_op(&draft(at), &note(&at.to_string()), &mut rng)
                    .unwrap()
            })
            .collect();
        for (of, header) in ops.iter().enumerate() {
            for (from, body) in ops.iter().enumerate() {
                let pasted = Op {
                    header: header.header,
                    body: body.body.clone(),
                };
                let opened = vault.open_op(&pasted);
                if of == from {
                    assert_eq!(opened.unwrap(), note(&of.to_string()));
                } else {
                    assert_eq!(opened, Err(OpenError::CannotOpen));
                }
            }
        }
    }
}

#[test]
fn nothing_opens_in_another_vault_or_account_with_the_same_key() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let op = sealed_op(&vault);
        let object = vault
            .seal_object(ObjectType::Draft, &[1; 16], 1, b"draft", &mut rng(3))
            .unwrap();
        for other in [
            VaultIdentity {
                account_id: AccountId::from_random([9; 16]),
                ..identity()
            },
            VaultIdentity {
                vault_id: VaultId::from_random([9; 16]),
                ..identity()
            },
        ] {
            // The same seed gives the same vault key.
            let (other, _, _) = create(other, policy, 7);
            assert_eq!(other.open_op(&op), Err(OpenError::CannotOpen));
            let opened = other.open_object(ObjectType::Draft, &[1; 16], 1, &object);
            assert_eq!(opened.err(), Some(OpenError::CannotOpen));
        }
        let (twin, _, _) = create(identity(), policy, 7);
        assert!(twin.open_op(&op).is_ok(), "the key is the same");
    }
}

#[test]
fn every_bit_flip_and_every_cut_of_an_object_is_refused() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let sealed = vault
            .seal_object(ObjectType::Draft, &[1; 16], 1, b"a draft", &mut rng(3))
            .unwrap();
        let open = |bytes: &[u8]| vault.open_object(ObjectType::Draft, &[1; 16], 1, bytes);
        assert_eq!(open(&sealed).unwrap().as_slice(), b"a draft");
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&changed).is_err(), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(open(&sealed[..len]).is_err(), "{len}");
        }
    }
}

#[test]
fn an_object_opens_in_its_own_place_only() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let mut rng = rng(3);
        let places: Vec<_> = ObjectType::ALL[1..]
            .iter()
            .flat_map(|of| [(*of, [1; 16], 1), (*of, [2; 16], 1), (*of, [1; 16], 2)])
            .collect();
        for (of, id, version) in &places {
            let sealed = vault
                .seal_object(*of, id, *version, b"content", &mut rng)
                .unwrap();
            for (other, other_id, other_version) in &places {
                let opened = vault.open_object(*other, other_id, *other_version, &sealed);
                let same = (of, id, version) == (other, other_id, other_version);
                assert_eq!(opened.is_ok(), same);
                // The same, with the type rewritten to the one asked for.
                let mut relabelled = sealed.clone();
                relabelled[1] = other.number();
                let opened = vault.open_object(*other, other_id, *other_version, &relabelled);
                assert_eq!(opened.is_ok(), same);
            }
        }
    }
}

#[test]
fn an_operation_is_no_object() {
    let vault = unlocked(Policy::V1);
    let refused = vault.seal_object(ObjectType::Op, &[1; 16], 1, b"", &mut rng(3));
    assert_eq!(refused, Err(vault_core::SealError::NotAnObject));
    let op = sealed_op(&vault);
    let mut dressed = vec![1, ObjectType::Op.number(), 0, 1, 0, 0, 0, 1];
    dressed.extend_from_slice(op.body.as_slice());
    let record_id = op.header.record_id;
    for format_version in 0..=2 {
        let opened = vault.open_object(
            ObjectType::Op,
            record_id.as_bytes(),
            format_version,
            &dressed,
        );
        assert_eq!(opened.err(), Some(OpenError::CannotOpen));
    }
}

#[test]
fn sealed_length_tells_the_bucket_only() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let mut rng = rng(3);
        let mut len_of = |body: &OpBody| {
            let op = vault.seal_op(&draft(1), body, &mut rng).unwrap();
            op.body.len()
        };
        let shortest = len_of(&OpBody::Tombstone);
        for len in 0..150 {
            assert_eq!(len_of(&note(&"x".repeat(len))), shortest, "{len}");
        }
        // Which part of a record is long cannot be seen either.
        let mut long_title = record("");
        long_title.title = "x".repeat(1_000);
        let mut long_tags = record("");
        long_tags.tags = vec!["x".repeat(250); 4];
        let lens = [
            len_of(&note(&"x".repeat(1_000))),
            len_of(&OpBody::Record(long_title)),
            len_of(&OpBody::Record(long_tags)),
        ];
        assert!(lens.iter().all(|len| *len == lens[0]), "{lens:?}");
        assert!(lens[0] > shortest);
    }
}

#[test]
fn equal_bodies_never_look_alike() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let mut rng = rng(3);
        let one = vault.seal_op(&draft(1), &note("text"), &mut rng).unwrap();
        let two = vault.seal_op(&draft(1), &note("text"), &mut rng).unwrap();
        assert_ne!(one.body, two.body);
        // Not by chance of one part: no run of four bytes is shared.
        let windows: Vec<_> = one.body.as_slice().windows(4).collect();
        let shared = two
            .body
            .as_slice()
            .windows(4)
            .filter(|run| windows.contains(run));
        assert!(shared.count() < 2);
    }
}

#[test]
fn import_ids_and_marks_are_the_vaults_own_and_last() {
    let vault = unlocked(Policy::V1);
    let same = create(identity(), Policy::V1, 7).0;
    let other = create(identity(), Policy::V1, 8).0;
    let id = vault.import_record_id("folder/note.md", 0);
    assert_eq!(same.import_record_id("folder/note.md", 0), id);
    assert_ne!(other.import_record_id("folder/note.md", 0), id);
    assert_ne!(vault.import_record_id("folder/note.md", 1), id);
    assert_ne!(vault.import_record_id("folder/note2.md", 0), id);
    assert_eq!(
        vault.import_record_id("caf\u{e9}.md", 0),
        vault.import_record_id("cafe\u{301}.md", 0)
    );
    let mark = vault.content_mark(b"content");
    assert_eq!(same.content_mark(b"content"), mark);
    assert_ne!(other.content_mark(b"content"), mark);
    assert_ne!(vault.content_mark(b"content "), mark);
}
