//! A random source that does not work, and what holds nevertheless.
//!
//! 1. A vault key or a recovery code is not made of bytes that are visibly
//!    stuck, short, or repeat themselves within what was drawn.
//! 2. No two sealed things share a key and a nonce, unless they are operations
//!    with the same head up to the stamp, which no device makes twice, or the
//!    same object with the same content.
//!
//! What cannot hold: a source that starts over from one seed in another vault
//! makes the same vault key there. Nothing in the core can see that.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{create, draft, identity, note, rng, stretched, unlocked};
use core::convert::Infallible;
use rand_core::{TryCryptoRng, TryRng};
use std::collections::BTreeSet;
use vault_core::{
    KdfRequest, NewSlot, OpDraft, Policy, RecoveryCode, SealError, UnlockedVault, create_vault,
};
use vault_types::{CredentialId, DeviceId, ObjectType, OpId, RecordId};

const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];

/// How a source fails.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Every byte is this one.
    Stuck(u8),
    /// The same so many bytes over and over, from the start at each draw.
    Repeating(usize),
    /// So many bytes of each draw are filled, the rest are zeros.
    Short(usize),
}

const FAULTS: [Fault; 8] = [
    Fault::Stuck(0),
    Fault::Stuck(0xff),
    Fault::Repeating(1),
    Fault::Repeating(4),
    Fault::Repeating(16),
    Fault::Short(0),
    Fault::Short(1),
    Fault::Short(7),
];

struct Broken(Fault);

impl TryRng for Broken {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for (at, byte) in out.iter_mut().enumerate() {
            *byte = match self.0 {
                Fault::Stuck(value) => value,
                Fault::Repeating(period) => (at % period) as u8 ^ 0x5a,
                Fault::Short(filled) if at < filled => at as u8 ^ 0x5a,
                Fault::Short(_) => 0,
            };
        }
        Ok(())
    }
}

impl TryCryptoRng for Broken {}

/// Whatever chooses key and nonce within the vault and the record.
fn head(policy: &Policy, sealed: &[u8]) -> Vec<u8> {
    let len = if *policy == Policy::V1 { 28 } else { 24 };
    sealed[..len].to_vec()
}

#[test]
fn no_vault_key_is_made_of_a_broken_source() {
    for policy in POLICIES {
        let request = KdfRequest::for_new_slot(&policy, &mut rng(1)).unwrap();
        for fault in FAULTS {
            let slot = NewSlot {
                credential_id: CredentialId::from_random([3; 16]),
                label: "",
            };
            let key = stretched(&request, 5);
            let made = create_vault(identity(), &policy, slot, key, &mut Broken(fault));
            let refused = made.map(drop).unwrap_err();
            assert_eq!(refused, SealError::BrokenRandomness, "{fault:?}");
        }
    }
}

#[test]
fn no_recovery_code_is_made_of_a_broken_source() {
    for fault in FAULTS {
        let made = RecoveryCode::generate_set(&mut Broken(fault));
        assert_eq!(
            made.map(drop),
            Err(SealError::BrokenRandomness),
            "{fault:?}"
        );
    }
    // A source that looks well and starts over: two codes would be one.
    let made = RecoveryCode::generate_set(&mut Broken(Fault::Repeating(28)));
    assert_eq!(made.map(drop), Err(SealError::BrokenRandomness));
}

#[test]
fn operations_never_share_a_nonce() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        for fault in FAULTS {
            let mut heads = BTreeSet::new();
            for number in 0..50_u8 {
                // One record, so that under policy 1 as well the nonce alone
                // tells two operations apart; each has its own stamp.
                let mut draft = draft(1);
                draft.stamp.counter = u16::from(number);
                let body = note(&format!("text {number}"));
                let op = vault.seal_op(&draft, &body, &mut Broken(fault)).unwrap();
                assert!(heads.insert(head(&policy, op.body.as_slice())), "{fault:?}");
                assert_eq!(vault.open_op(&op), Ok(body));
            }
        }
    }
}

#[test]
fn each_part_of_the_head_alone_changes_the_nonce() {
    let changes: [fn(&mut OpDraft); 6] = [
        |draft| draft.op_id = OpId::from_parts(1, [9; 10]),
        |draft| draft.record_id = RecordId::from_random([9; 16]),
        |draft| draft.device_id = DeviceId::from_random([9; 16]),
        |draft| draft.stamp.wall_ms += 1,
        |draft| draft.stamp.counter += 1,
        |draft| draft.base = Some(OpId::from_parts(1, [9; 10])),
    ];
    for policy in POLICIES {
        let vault = unlocked(policy);
        let sealed = |draft: &OpDraft| {
            let op = vault.seal_op(draft, &note("text"), &mut Broken(Fault::Stuck(7)));
            head(&policy, op.unwrap().body.as_slice())
        };
        let original = sealed(&draft(1));
        assert_eq!(sealed(&draft(1)), original, "the same seals to the same");
        for change in changes {
            let mut changed = draft(1);
            change(&mut changed);
            assert_ne!(sealed(&changed), original);
        }
    }
}

fn object(vault: &UnlockedVault, id: u8, content: &[u8], fault: Fault) -> Vec<u8> {
    let random = &mut Broken(fault);
    let sealed = vault.seal_object(ObjectType::Draft, &[id; 16], 1, content, random);
    sealed.unwrap()[8..].to_vec()
}

#[test]
fn objects_never_share_a_nonce_over_different_content() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        for fault in FAULTS {
            let mut heads = BTreeSet::new();
            for number in 0..50_u8 {
                let sealed = object(&vault, 1, &[number; 40], fault);
                assert!(heads.insert(head(&policy, &sealed)), "{fault:?}");
            }
            let elsewhere = object(&vault, 2, &[0; 40], fault);
            assert!(heads.insert(head(&policy, &elsewhere)), "{fault:?}");
            let again = object(&vault, 1, &[0; 40], fault);
            assert_eq!(again, object(&vault, 1, &[0; 40], fault));
        }
    }
}

#[test]
fn another_vault_has_other_nonces() {
    for policy in POLICIES {
        let heads = [7, 8].map(|seed| {
            let (vault, _, _) = create(identity(), policy, seed);
            let op = vault.seal_op(&draft(1), &note("text"), &mut Broken(Fault::Stuck(7)));
            head(&policy, op.unwrap().body.as_slice())
        });
        assert_ne!(heads[0], heads[1]);
    }
}

#[test]
fn a_working_source_seals_the_same_thing_differently_each_time() {
    for policy in POLICIES {
        let vault = unlocked(policy);
        let mut rng = rng(1);
        let ops = [(); 2].map(|()| vault.seal_op(&draft(1), &note("text"), &mut rng).unwrap());
        assert_ne!(ops[0].body, ops[1].body);
    }
}
