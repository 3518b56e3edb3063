//! What tests of locks, codes and key changes share, and other accounts' ids.

use crate::access::stranger;
use crate::client::Device;
use crate::process::Folders;
use sync_core::endpoint;
use sync_core::message::{
    BeginRotation, CommitRotation, LockVaultRequest, NewRecoveryCode, PollResponse, RESET_WORDS,
    RecoveryCodeList, ReplaceRecoveryCodes, ReplaceSlots, ResetVaultRequest, RevokeRecoveryCodes,
    RotationBegun, SlotList, ValidateRecoveryCode, VaultInfo, Verifier,
};
use vault_types::{
    CredentialId, Epoch, Generation, LockReason, LockTier, OpaqueBytes, PolicyVersion, RotationId,
    VaultId,
};

pub(crate) fn replace_slots(generation: u64) -> ReplaceSlots {
    ReplaceSlots::from(SlotList {
        slots_generation: Generation(generation),
        slot_list: OpaqueBytes::new(vec![6; 40]),
    })
}

pub(crate) fn verifier(number: u8) -> Verifier {
    Verifier::from_bytes([number; 32])
}

pub(crate) fn code(number: u8) -> NewRecoveryCode {
    NewRecoveryCode {
        credential_id: CredentialId::from_random([number; 16]),
        label: format!("Code {number}"),
        verifier_hash: verifier(number).hash(),
    }
}

pub(crate) fn revoke(generation: u64) -> RevokeRecoveryCodes {
    RevokeRecoveryCodes {
        slots: replace_slots(generation),
    }
}

pub(crate) fn lock_request() -> LockVaultRequest {
    LockVaultRequest {
        reason: LockReason::Manual,
        enforce_tier: LockTier::Vault,
        statement: OpaqueBytes::new(vec![3; 48]),
    }
}

pub(crate) fn validate(number: u8) -> ValidateRecoveryCode {
    ValidateRecoveryCode {
        credential_id: None,
        verifier: verifier(number),
        attempt_id: None,
    }
}

pub(crate) fn put_codes(
    device: &Device,
    numbers: std::ops::Range<u8>,
    generation: u64,
) -> RecoveryCodeList {
    let request = ReplaceRecoveryCodes {
        codes: numbers.map(code).collect(),
        slots: replace_slots(generation),
    };
    let answer = device.client.post_json(endpoint::RECOVERY_CODES, &request);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

pub(crate) fn poll(device: &Device) -> PollResponse {
    device.client.request(endpoint::POLL).json()
}

pub(crate) fn begin(vault: &VaultInfo, record_count: u64) -> BeginRotation {
    BeginRotation {
        from_epoch: vault.key_epoch,
        to_epoch: Epoch(vault.key_epoch.0 + 1),
        record_count,
        head: vault.head,
    }
}

pub(crate) fn commit(generation: u64) -> CommitRotation {
    CommitRotation {
        slots: ReplaceSlots {
            policy_version: Some(PolicyVersion(2)),
            ..replace_slots(generation)
        },
        codes: vec![code(7)],
    }
}

pub(crate) fn reset(device: &Device, vault_id: VaultId, confirm: &str) -> crate::client::Answer {
    let request = ResetVaultRequest {
        vault_id,
        confirm: confirm.to_owned(),
    };
    device.client.post_json(endpoint::RESET, &request)
}

#[test]
fn another_accounts_ids_are_as_unknown_as_none() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    put_codes(&device, 0..2, 2);
    let answer = device
        .client
        .post_json(endpoint::ROTATION, &begin(&vault, 0));
    let begun: RotationBegun = answer.json();
    let thief = Device {
        client: stranger(&server, &folders),
        session: device.session.clone(),
    };
    // First without a vault of its own, then with one.
    for with_vault in [false, true] {
        if with_vault {
            assert_eq!(thief.create_vault(8).status, 201);
        }
        let try_all = |code_number: u8, rotation_id, vault_id| {
            let revoke_one = endpoint::revoke_recovery_code(code(code_number).credential_id);
            let slots = ReplaceSlots {
                vault_id: Some(vault_id),
                ..replace_slots(2)
            };
            let slots = serde_json::to_vec(&slots).unwrap();
            let headers = [("content-type", endpoint::JSON)];
            [
                thief.client.post_json(&revoke_one, &revoke(2)),
                thief
                    .client
                    .post_json(&endpoint::commit_rotation(rotation_id), &commit(2)),
                thief
                    .client
                    .post_json(endpoint::VALIDATE_RECOVERY_CODE, &validate(code_number)),
                thief.client.send("PUT", endpoint::SLOTS, &headers, &slots),
                reset(&thief, vault_id, RESET_WORDS),
            ]
            .map(|answer| (answer.status, answer.code(), answer.body))
        };
        let theirs = try_all(1, begun.rotation_id, vault.vault_id);
        let nobodys = try_all(
            99,
            RotationId::from_random([99; 16]),
            VaultId::from_random([99; 16]),
        );
        assert_eq!(theirs, nobodys);
    }
    thief.client.post_json(endpoint::LOCK, &lock_request());
    assert_eq!(poll(&device).lock, None);
    let codes: RecoveryCodeList = device.client.request(endpoint::RECOVERY_CODES).json();
    assert!(codes.codes.iter().all(|code| code.used_ms.is_none()));
}
