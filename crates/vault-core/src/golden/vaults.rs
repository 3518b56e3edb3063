//! Slot lists, and what vaults seal.

use super::formats::{bodies, body_json, header_json};
use super::passphrases::kdf_json;
use super::{Recorder, golden, hex};
use crate::common::{draft, identity};
use crate::keyring::tests::rotated;
use crate::{KdfRequest, NewSlot, Policy, UnlockedVault, create_vault};
use serde_json::{Value, json};
use vault_types::{CredentialId, ObjectType};
use zeroize::Zeroizing;

pub(super) const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];
pub(super) const STRETCHED: [u8; 32] = [0x5a; 32];

/// The vault of every vector of that policy, and how it came about.
pub(super) fn vault(policy: Policy) -> (UnlockedVault, Value) {
    let mut rng = Recorder::new(u64::from(policy.version.0));
    let request = KdfRequest::for_new_slot(&policy, &mut rng).unwrap();
    let slot = NewSlot {
        credential_id: CredentialId::from_random([3; 16]),
        label: "Passphrase",
    };
    let key = request.accept_platform(Zeroizing::new(STRETCHED));
    let (vault, list) = create_vault(identity(), &policy, slot, key, &mut rng).unwrap();
    let given = rng.given.clone();
    let case = json!({
        "policy": policy.version,
        "kdf": kdf_json(policy.kdf),
        "user_id": identity().account_id,
        "vault_id": identity().vault_id,
        "credential_id": slot.credential_id,
        "label": slot.label,
        "stretched": hex(&STRETCHED),
        "random": rng.take(),
        "random_is": {
            "salt": hex(&given[..16]),
            "vault_key": hex(&given[16..48]),
            "nonce": hex(&given[48..]),
        },
        "slot_associated_data": hex(&list.slots()[0].associated_data()),
        "bytes_under_the_seal": hex(&list.canonical()),
        "list": serde_json::to_value(&list).unwrap(),
        "message_pack": hex(&rmp_serde::to_vec_named(&list).unwrap()),
    });
    (vault, case)
}

#[test]
fn slot_lists() {
    golden(
        "slot-list.json",
        "New vaults: the random bytes drawn, in order, and the list of key slots.",
        POLICIES.map(|policy| vault(policy).1).into(),
    );
}

#[test]
fn sealed_ops() {
    let mut cases = Vec::new();
    for policy in POLICIES {
        let (vault, _) = vault(policy);
        let mut rng = Recorder::new(20);
        for (name, body) in bodies() {
            let op = vault.seal_op(&draft(1), &body, &mut rng).unwrap();
            cases.push(json!({
                "name": name,
                "policy": policy.version,
                "header": header_json(&op.header),
                "body": body_json(&body),
                "random": rng.take(),
                "op": hex(&op.encode()),
            }));
        }
    }
    golden(
        "sealed-op.json",
        "Operations sealed by the vaults of slot-list.json.",
        cases,
    );
}

#[test]
fn sealed_objects() {
    let mut cases = Vec::new();
    for policy in POLICIES {
        let (vault, _) = vault(policy);
        let mut rng = Recorder::new(30);
        for (object_type, content) in ObjectType::ALL[1..].iter().zip([
            &b"a draft"[..],
            b"",
            &[0x41; 300],
            b"what a device remembers",
            b"a page of history hashes",
            b"a checkpoint",
        ]) {
            let id = [object_type.number(); 16];
            let sealed = vault.seal_object(*object_type, &id, 1, content, &mut rng);
            cases.push(json!({
                "policy": policy.version,
                "object_type": object_type.number(),
                "object_id": hex(&id),
                "format_version": 1,
                "content": hex(content),
                "random": rng.take(),
                "sealed": hex(&sealed.unwrap()),
            }));
        }
    }
    golden(
        "sealed-object.json",
        "Objects sealed by the vaults of slot-list.json.",
        cases,
    );
}

#[test]
fn keyrings() {
    let cases = POLICIES.map(|policy| {
        let rotated = rotated(&policy, |_| ());
        let ops: Vec<_> = rotated.ops.iter().map(|op| hex(&op.encode())).collect();
        json!({
            "policy": policy.version,
            "stretched": hex(&[5; 32]),
            "list": serde_json::to_value(&rotated.list).unwrap(),
            "body": body_json(&crate::common::note("text")),
            "ops": ops,
            "import": {
                "path": "a.md",
                "record_id": rotated.first_import.0,
                "content": hex(b"content"),
                "content_mark": format!("{:016x}", rotated.first_import.1),
            },
        })
    });
    golden(
        "keyring.json",
        "Vaults of three epochs, with one operation of each and an import of the first.",
        cases.into(),
    );
}

#[test]
fn imports() {
    let mut cases = Vec::new();
    for policy in POLICIES {
        let (vault, _) = vault(policy);
        for (path, attempt, content) in [
            ("pages/common/tar.md", 0, &b"# tar\n"[..]),
            ("pages/common/tar.md", 1, b""),
            ("caf\u{e9}.md", 0, "\u{e9}".as_bytes()),
            ("cafe\u{301}.md", 0, &[0xff]),
            ("", u32::MAX, b"x"),
        ] {
            cases.push(json!({
                "policy": policy.version,
                "path": hex(path.as_bytes()),
                "attempt": attempt,
                "record_id": vault.import_record_id(path, attempt),
                "content": hex(content),
                "content_mark": format!("{:016x}", vault.content_mark(content)),
            }));
        }
    }
    golden(
        "import.json",
        "Ids and marks of imported files, in the vaults of slot-list.json.",
        cases,
    );
}
