//! Vaults to attack, and the client that is attacked.

use crate::common::{create, rng, stretched};
use serde_json::Value;
use vault_core::{
    DeviceSecret, LockedVault, NewSlot, Policy, RecoveryCode, SlotKey, SlotList, SlotType,
    UnlockError, UnlockedVault, VaultIdentity,
};
use vault_types::{AccountId, CredentialId, VaultId};

pub(super) const POLICIES: [Policy; 2] = [Policy::V1, Policy::V2];
/// The bytes that every passphrase of these tests stretches to.
const STRETCHED: u8 = 5;

pub(super) fn identity(account: u8, vault: u8) -> VaultIdentity {
    VaultIdentity {
        account_id: AccountId::from_random([account; 16]),
        vault_id: VaultId::from_random([vault; 16]),
    }
}

/// A vault with a slot of every type: the passphrase's, a recovery code's, a
/// device's; rotated so often before that its epoch is `epoch`.
pub(super) struct World {
    pub(super) identity: VaultIdentity,
    pub(super) vault: UnlockedVault,
    pub(super) list: SlotList,
}

pub(super) fn credential(number: u8) -> CredentialId {
    CredentialId::from_random([number; 16])
}

fn code(seed: u64) -> RecoveryCode {
    RecoveryCode::generate_set(&mut rng(seed))
        .unwrap()
        .swap_remove(0)
}

impl World {
    pub(super) fn new(identity: VaultIdentity, policy: Policy, epoch: u32) -> Self {
        // The same seed everywhere: vaults of one policy share their vault
        // key, so that nothing but what is authenticated tells them apart.
        let (mut vault, mut list, mut request) = create(identity, policy, 7);
        for next in 2..=epoch {
            let held = vault.hold(stretched(&request, STRETCHED)).unwrap();
            let mut rng = rng(u64::from(next));
            request = vault_core::KdfRequest::for_new_slot(&policy, &mut rng).unwrap();
            let slot = NewSlot {
                credential_id: credential(10),
                label: "Passphrase",
            };
            let key = stretched(&request, STRETCHED).into();
            (vault, list) = vault
                .rotate(&held, &policy, &[(slot, key)], &mut rng)
                .unwrap();
        }
        let held = vault.hold(stretched(&request, STRETCHED)).unwrap();
        let mut edit = vault.edit_slots();
        for (number, slot_type) in [(11, SlotType::Recovery), (12, SlotType::Device)] {
            let slot = NewSlot {
                credential_id: credential(number),
                label: "Another",
            };
            let key = key_of(slot_type, identity).unwrap();
            edit.add(&held, &policy, slot, &key, &mut rng(number.into()))
                .unwrap();
        }
        list = edit.finish().unwrap_or(list);
        let locked = LockedVault::new(identity, list.clone()).unwrap();
        let vault = locked.unlock(stretched(&request, STRETCHED)).unwrap();
        Self {
            identity,
            vault,
            list,
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.list.to_json().unwrap()).unwrap()
    }
}

/// What opens a slot of that type, where no derivation is asked for.
fn key_of(slot_type: SlotType, identity: VaultIdentity) -> Option<SlotKey> {
    match slot_type {
        SlotType::Passphrase => None,
        SlotType::Recovery => Some(code(1).slot_key(identity.vault_id)),
        SlotType::Device => {
            let secret = DeviceSecret::from_platform(&[6; 32]).unwrap();
            Some(secret.slot_key(identity.vault_id))
        }
    }
}

/// What a client of that vault does with bytes that a server calls its list,
/// given the secret for slots of one type. A passphrase stretches to the same
/// bytes whatever the list asks for, so that the derivation protects nothing.
pub(super) fn open(
    identity: VaultIdentity,
    json: &[u8],
    with: SlotType,
) -> Result<UnlockedVault, UnlockError> {
    open_parsed(identity, SlotList::parse_json(json)?, with)
}

pub(super) fn open_parsed(
    identity: VaultIdentity,
    list: SlotList,
    with: SlotType,
) -> Result<UnlockedVault, UnlockError> {
    let locked = LockedVault::new(identity, list)?;
    match key_of(with, identity) {
        Some(key) => locked.unlock(key),
        None => {
            let request = locked.kdf_request()?;
            locked.unlock(stretched(&request, STRETCHED))
        }
    }
}

pub(super) const TYPES: [SlotType; 3] =
    [SlotType::Passphrase, SlotType::Recovery, SlotType::Device];

/// Which of the three secrets open what calls itself the list of that vault,
/// when it is not the list `own` under another spelling.
pub(super) fn fooled(world: &World, json: &[u8]) -> bool {
    let Ok(list) = SlotList::parse_json(json) else {
        return false;
    };
    list != world.list
        && TYPES
            .iter()
            .any(|with| open_parsed(world.identity, list.clone(), *with).is_ok())
}
