//! Recovery codes, slots of every type, rotations and statements that lock.

use crate::case::{Case, Mismatch, Script, same};
use crate::vaults::{IDENTITY, failed, unlocked};
use vault_core::{
    DeviceSecret, HeldKek, KdfRequest, LockStatement, LockedVault, NewSlot, Policy, RecoveryCode,
    SlotKey, SlotList, UnlockedVault, check_recovery_code,
};
use vault_types::{PolicyVersion, VaultId};
use zeroize::Zeroizing;

fn policy(case: &Case<'_>) -> Result<Policy, Mismatch> {
    let name = "policy";
    Policy::by_version(case.read(name)?).ok_or(Mismatch::BadField { name })
}

pub(crate) fn check_recovery_code_case(case: &Case<'_>) -> Result<(), Mismatch> {
    if case.has("codes") {
        return check_set(case);
    }
    let typed = case.utf8("typed")?;
    let judged = check_recovery_code(&typed);
    let found: Vec<_> = judged
        .groups
        .iter()
        .map(|group| group.status.name())
        .collect();
    let wanted: Vec<String> = case.read("groups")?;
    same(
        found,
        wanted.iter().map(String::as_str).collect(),
        "the groups",
    )?;
    same(
        judged.complete,
        case.read("complete")?,
        "whether it is complete",
    )?;
    match RecoveryCode::parse(&typed) {
        Ok(code) => same(
            &**code.expose_text(),
            &*case.read::<String>("text")?,
            "the code",
        ),
        Err(error) => {
            let wanted: String = case.read("refused")?;
            same(error.code().as_str(), &*wanted, "the refusal")
        }
    }
}

fn check_set(case: &Case<'_>) -> Result<(), Mismatch> {
    let vault_id: VaultId = case.read("vault_id")?;
    let mut random = Script::new(case.bytes("random")?);
    let set = RecoveryCode::generate_set(&mut random).map_err(failed("making a set"))?;
    random.finish()?;
    let name = "codes";
    let codes = case.inner(name)?;
    let codes = codes.0.as_array().ok_or(Mismatch::BadField { name })?;
    same(set.len(), codes.len(), "the number of codes")?;
    for (code, wanted) in set.iter().zip(codes) {
        let wanted = Case(wanted);
        same(
            &**code.expose_text(),
            &*wanted.read::<String>("text")?,
            "the text",
        )?;
        let verifier = code.verifier(vault_id);
        same(
            *verifier.expose_bytes(),
            wanted.array("verifier")?,
            "the verifier",
        )?;
        same(verifier.hash(), wanted.array("verifier_hash")?, "its hash")?;
    }
    Ok(())
}

fn code_key(case: &Case<'_>) -> Result<SlotKey, Mismatch> {
    let code = RecoveryCode::parse(&case.inner("code")?.read::<String>("text")?);
    let code = code.map_err(failed("reading the code"))?;
    Ok(code.slot_key(IDENTITY.vault_id))
}

fn device_key(case: &Case<'_>) -> Result<SlotKey, Mismatch> {
    let secret = DeviceSecret::from_platform(&case.inner("device")?.bytes("secret")?);
    let secret = secret.map_err(failed("taking the device's secret"))?;
    Ok(secret.slot_key(IDENTITY.vault_id))
}

fn held(vault: &UnlockedVault, stretched: [u8; 32]) -> Result<HeldKek, Mismatch> {
    let request = vault.locked().kdf_request();
    let request = request.map_err(failed("the check of the cost"))?;
    let key = request.accept_platform(Zeroizing::new(stretched));
    vault.hold(key).map_err(failed("holding the vault key"))
}

fn opens(list: &SlotList, key: impl Into<SlotKey>) -> Result<UnlockedVault, Mismatch> {
    let locked = LockedVault::new(IDENTITY, list.clone());
    let locked = locked.map_err(failed("reading the slots"))?;
    locked.unlock(key).map_err(failed("unlocking"))
}

pub(crate) fn check_slot_types(case: &Case<'_>) -> Result<(), Mismatch> {
    let policy = policy(case)?;
    let vault = unlocked(policy.version)?;
    let held = held(&vault, case.array("stretched")?)?;
    let mut random = Script::new(case.bytes("random")?);
    let mut edit = vault.edit_slots();
    for (name, key) in [("code", code_key(case)?), ("device", device_key(case)?)] {
        let case = case.inner(name)?;
        let label: String = case.read("label")?;
        let slot = NewSlot {
            credential_id: case.read("credential_id")?,
            label: &label,
        };
        let added = edit.add(&held, &policy, slot, &key, &mut random);
        added.map_err(failed("adding a slot"))?;
    }
    random.finish()?;
    let made = edit.finish().map_err(failed("finishing the list"))?;
    let list: SlotList = case.read("list")?;
    same(&made, &list, "the list")?;
    for (name, key) in [("code", code_key(case)?), ("device", device_key(case)?)] {
        let wanted = case.inner(name)?.read("credential_id")?;
        same(
            opens(&list, key)?.opened_by(),
            wanted,
            "the slot that opened",
        )?;
    }
    Ok(())
}

pub(crate) fn check_rotation(case: &Case<'_>) -> Result<(), Mismatch> {
    let policy = policy(case)?;
    let vault = unlocked(case.read::<PolicyVersion>("from_policy")?)?;
    let held = held(&vault, case.array("old_stretched")?)?;
    let mut salt = Script::new(case.bytes("salt")?);
    let request = KdfRequest::for_new_slot(&policy, &mut salt);
    let request = request.map_err(failed("the check of the cost"))?;
    salt.finish()?;
    let stretched: [u8; 32] = case.array("stretched")?;
    let key = || request.accept_platform(Zeroizing::new(stretched));
    let labels: [String; 2] = [
        case.inner("passphrase")?.read("label")?,
        case.inner("code")?.read("label")?,
    ];
    let slot = |name, label| {
        let credential_id = case.inner(name)?.read("credential_id")?;
        Ok(NewSlot {
            credential_id,
            label,
        })
    };
    let slots = [
        (slot("passphrase", &*labels[0])?, key().into()),
        (slot("code", &*labels[1])?, code_key(case)?),
    ];
    let mut random = Script::new(case.bytes("random")?);
    let rotated = vault.rotate(&held, &policy, &slots, &mut random);
    let (_, made) = rotated.map_err(failed("rotating"))?;
    random.finish()?;
    let list: SlotList = case.read("list")?;
    same(&made, &list, "the list")?;
    let opened = opens(&list, key())?;
    same(opened.epoch().0, 2, "the epoch")?;
    same(opened.policy_version(), policy.version, "the policy")?;
    opens(&list, code_key(case)?).map(drop)
}

pub(crate) fn check_lock_statement(case: &Case<'_>) -> Result<(), Mismatch> {
    let vault = unlocked(case.read("policy")?)?;
    let statement = LockStatement {
        device_id: case.read("device_id")?,
        at_ms: case.read("at_ms")?,
        reason: case.read("reason")?,
        tier: case.read("tier")?,
    };
    let mut random = Script::new(case.bytes("random")?);
    let bytes = vault.state_lock(&statement, &mut random);
    random.finish()?;
    same(&bytes, &case.bytes("bytes")?, "the statement")?;
    same(vault.verify_lock(&bytes), Ok(statement), "what it says")?;
    let mut changed = bytes;
    changed[10] ^= 1;
    match vault.verify_lock(&changed) {
        Ok(_) => Err(Mismatch::Accepted {
            what: "another statement",
        }),
        Err(_) => Ok(()),
    }
}
