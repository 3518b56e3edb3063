//! Lists with slots of every type, and a rotation.

use super::vaults::{POLICIES, STRETCHED, vault};
use super::{Recorder, golden, hex};
use crate::common::identity;
use crate::{
    DeviceSecret, HeldKek, KdfRequest, NewSlot, Policy, RecoveryCode, SlotKey, UnlockedVault,
};
use serde_json::{Value, json};
use vault_types::CredentialId;
use zeroize::Zeroizing;

const CODE_ID: CredentialId = CredentialId::from_random([4; 16]);
const DEVICE_ID: CredentialId = CredentialId::from_random([5; 16]);
const SECRET: [u8; 32] = [0xd5; 32];

fn slot(credential_id: CredentialId, label: &str) -> NewSlot<'_> {
    NewSlot {
        credential_id,
        label,
    }
}

fn held(vault: &UnlockedVault) -> HeldKek {
    let request = vault.locked().kdf_request().unwrap();
    let key = request.accept_platform(Zeroizing::new(STRETCHED));
    vault.hold(key).unwrap()
}

/// The code of these vectors, and the device's secret.
fn keys() -> (RecoveryCode, SlotKey) {
    let code = RecoveryCode::generate_set(&mut Recorder::new(40)).unwrap();
    let device = DeviceSecret::from_platform(&SECRET).unwrap();
    let code = code.into_iter().next().unwrap();
    (code, device.slot_key(identity().vault_id))
}

#[test]
fn slot_types() {
    let cases = POLICIES.map(|policy| {
        let (vault, _) = vault(policy);
        let held = held(&vault);
        let mut rng = Recorder::new(50);
        let (code, device) = keys();
        let mut edit = vault.edit_slots();
        let key = code.slot_key(identity().vault_id);
        let added = slot(CODE_ID, "Code 1");
        edit.add(&held, &policy, added, &key, &mut rng).unwrap();
        let added = slot(DEVICE_ID, "Laptop");
        edit.add(&held, &policy, added, &device, &mut rng).unwrap();
        let list = edit.finish().unwrap();
        let associated = list.slots().iter().map(|slot| hex(&slot.associated_data()));
        json!({
            "policy": policy.version,
            "stretched": hex(&STRETCHED),
            "code": { "credential_id": CODE_ID, "label": "Code 1", "text": *code.expose_text() },
            "device": { "credential_id": DEVICE_ID, "label": "Laptop", "secret": hex(&SECRET) },
            "device_slot_key": hex(device.expose_key()),
            "random": rng.take(),
            "slot_associated_data": associated.collect::<Vec<_>>(),
            "list": serde_json::to_value(&list).unwrap(),
        })
    });
    golden(
        "slot-types.json",
        "The vaults of slot-list.json with a recovery code and a device secret added.",
        cases.into(),
    );
}

fn rotation(from: Policy, to: Policy) -> Value {
    let (vault, _) = vault(from);
    let mut rng = Recorder::new(60);
    let request = KdfRequest::for_new_slot(&to, &mut rng).unwrap();
    let salt = rng.take();
    let key = request.accept_platform(Zeroizing::new([6; 32]));
    let (code, _) = keys();
    let slots = [
        (slot(DEVICE_ID, "Passphrase"), key.into()),
        (slot(CODE_ID, "Code 1"), code.slot_key(identity().vault_id)),
    ];
    let (_, list) = vault.rotate(&held(&vault), &to, &slots, &mut rng).unwrap();
    json!({
        "from_policy": from.version,
        "policy": to.version,
        "old_stretched": hex(&STRETCHED),
        "salt": salt,
        "stretched": hex(&[6; 32]),
        "code": { "credential_id": CODE_ID, "label": "Code 1", "text": *code.expose_text() },
        "passphrase": { "credential_id": DEVICE_ID, "label": "Passphrase" },
        "random": rng.take(),
        "list": serde_json::to_value(&list).unwrap(),
    })
}

#[test]
fn rotations() {
    let cases = vec![
        rotation(Policy::V1, Policy::V1),
        rotation(Policy::V1, Policy::V2),
        rotation(Policy::V2, Policy::V2),
    ];
    golden(
        "rotation.json",
        "The vaults of slot-list.json in their second epoch.",
        cases,
    );
}
