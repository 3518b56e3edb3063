//! Slot lists, and what vaults seal.

use crate::case::{Case, Mismatch, Script, cases, same};
use crate::formats::{body, header};
use crate::passphrases::kdf;
use vault_core::{
    KdfRequest, LockedVault, NewSlot, OpDraft, Policy, SlotList, UnlockedVault, VaultIdentity,
    create_vault,
};
use vault_types::{AccountId, ObjectType, Op, PolicyVersion, RecordId, VaultId};
use zeroize::Zeroizing;

/// The vault of every vector.
pub(crate) const IDENTITY: VaultIdentity = VaultIdentity {
    account_id: AccountId::from_random([1; 16]),
    vault_id: VaultId::from_random([2; 16]),
};

pub(crate) const fn failed<E>(what: &'static str) -> impl FnOnce(E) -> Mismatch {
    move |_| Mismatch::Failed { what }
}

fn open(case: &Case<'_>) -> Result<UnlockedVault, Mismatch> {
    let list: SlotList = case.read("list")?;
    let locked = LockedVault::new(IDENTITY, list).map_err(failed("reading the slots"))?;
    let request = locked
        .kdf_request()
        .map_err(failed("the check of the cost"))?;
    let stretched = Zeroizing::new(case.array("stretched")?);
    locked
        .unlock(request.accept_platform(stretched))
        .map_err(failed("unlocking"))
}

/// The vault of slot-list.json with that policy.
pub(crate) fn unlocked(policy: PolicyVersion) -> Result<UnlockedVault, Mismatch> {
    let lists = cases(include_str!("../../../vectors/slot-list.json"));
    for list in &lists {
        let case = Case(list);
        if case.read::<PolicyVersion>("policy")? == policy {
            return open(&case);
        }
    }
    Err(Mismatch::BadField { name: "policy" })
}

fn policy(case: &Case<'_>) -> Result<Policy, Mismatch> {
    let name = "policy";
    Policy::by_version(case.read(name)?).ok_or(Mismatch::BadField { name })
}

pub(crate) fn check_slot_list(case: &Case<'_>) -> Result<(), Mismatch> {
    let policy = policy(case)?;
    same(policy.kdf, kdf(&case.inner("kdf")?)?, "the policy's KDF")?;
    let identity = VaultIdentity {
        account_id: case.read("user_id")?,
        vault_id: case.read("vault_id")?,
    };
    same(identity, IDENTITY, "the identity")?;
    let label: String = case.read("label")?;
    let slot = NewSlot {
        credential_id: case.read("credential_id")?,
        label: &label,
    };
    let mut random = Script::new(case.bytes("random")?);
    let request = KdfRequest::for_new_slot(&policy, &mut random);
    let request = request.map_err(failed("the check of the cost"))?;
    let stretched = request.accept_platform(Zeroizing::new(case.array("stretched")?));
    let (_, made) = create_vault(identity, &policy, slot, stretched, &mut random)
        .map_err(failed("creating the vault"))?;
    random.finish()?;

    let list: SlotList = case.read("list")?;
    same(&made, &list, "the list")?;
    let json = list.to_json().and_then(|json| SlotList::parse_json(&json));
    same(json.as_ref(), Ok(&list), "the JSON form")?;
    let packed = case.bytes("message_pack")?;
    let unpacked: SlotList = rmp_serde::from_slice(&packed).map_err(failed("unpacking"))?;
    same(&unpacked, &list, "the MessagePack form")?;
    let repacked = rmp_serde::to_vec_named(&list).map_err(failed("packing"))?;
    same(repacked, packed, "the MessagePack bytes")?;
    open(case).map(drop)
}

pub(crate) fn check_sealed_op(case: &Case<'_>) -> Result<(), Mismatch> {
    let vault = unlocked(case.read("policy")?)?;
    let (header, body) = (header(&case.inner("header")?)?, body(&case.inner("body")?)?);
    let draft = OpDraft {
        op_id: header.op_id,
        record_id: header.record_id,
        device_id: header.device_id,
        base: header.base,
        stamp: header.stamp,
        seen: header.seen,
    };
    let mut random = Script::new(case.bytes("random")?);
    let op = vault.seal_op(&draft, &body, &mut random);
    let op = op.map_err(failed("sealing"))?;
    random.finish()?;
    let bytes = case.bytes("op")?;
    same(op.encode(), bytes.clone(), "the sealed operation")?;
    let mut parsed = Op::parse(&bytes).map_err(failed("parsing"))?;
    same(parsed.header, header, "the header")?;
    same(vault.open_op(&parsed), Ok(body), "the opened body")?;
    parsed.header.record_id = RecordId::NIL;
    match vault.open_op(&parsed) {
        Ok(_) => Err(Mismatch::Accepted {
            what: "the body of another record",
        }),
        Err(_) => Ok(()),
    }
}

pub(crate) fn check_sealed_object(case: &Case<'_>) -> Result<(), Mismatch> {
    let vault = unlocked(case.read("policy")?)?;
    let name = "object_type";
    let number: u8 = case.read(name)?;
    let mut types = ObjectType::ALL.into_iter();
    let object_type = types.find(|found| found.number() == number);
    let object_type = object_type.ok_or(Mismatch::BadField { name })?;
    let (id, content) = (case.array("object_id")?, case.bytes("content")?);
    let version = case.read("format_version")?;
    let mut random = Script::new(case.bytes("random")?);
    let sealed = vault.seal_object(object_type, &id, version, &content, &mut random);
    random.finish()?;
    let bytes = case.bytes("sealed")?;
    same(sealed, Ok(bytes.clone()), "the sealed object")?;
    let opened = vault.open_object(object_type, &id, version, &bytes);
    same(
        opened.map(|opened| opened.to_vec()),
        Ok(content),
        "the content",
    )?;
    match vault.open_object(object_type, &id, version + 1, &bytes) {
        Ok(_) => Err(Mismatch::Accepted {
            what: "another format version",
        }),
        Err(_) => Ok(()),
    }
}

pub(crate) fn check_keyring(case: &Case<'_>) -> Result<(), Mismatch> {
    let vault = open(case)?;
    let wanted = body(&case.inner("body")?)?;
    let ops = case.inner("ops")?;
    let ops = ops.0.as_array().ok_or(Mismatch::BadField { name: "ops" })?;
    same(ops.len(), vault.epoch().0 as usize, "the number of epochs")?;
    for (at, op) in ops.iter().enumerate() {
        let holder = serde_json::json!({ "op": op });
        let op = Op::parse(&Case(&holder).bytes("op")?).map_err(failed("parsing"))?;
        same(op.header.epoch.0 as usize, at + 1, "the epoch")?;
        same(vault.open_op(&op).as_ref(), Ok(&wanted), "the opened body")?;
    }
    let import = case.inner("import")?;
    let path: String = import.read("path")?;
    check_import_of(&vault, &import, &path, 0)
}

pub(crate) fn check_import(case: &Case<'_>) -> Result<(), Mismatch> {
    let vault = unlocked(case.read("policy")?)?;
    check_import_of(&vault, case, &case.utf8("path")?, case.read("attempt")?)
}

fn check_import_of(
    vault: &UnlockedVault,
    case: &Case<'_>,
    path: &str,
    attempt: u32,
) -> Result<(), Mismatch> {
    let id = vault.import_record_id(path, attempt);
    same(id, case.read("record_id")?, "the record id")?;
    let mark = vault.content_mark(&case.bytes("content")?);
    same(
        mark.to_be_bytes(),
        case.array("content_mark")?,
        "the content mark",
    )
}
