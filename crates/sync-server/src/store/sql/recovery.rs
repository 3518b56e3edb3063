//! Recovery codes: what is known of them, and how often they are tried.

use super::connection::{Connection, Optional, Result, Row};
use super::row::{bytes, maybe_bytes, maybe_number, number, sql};
use super::vaults::{Open, slots};
use crate::store::{CodeTry, Outcome, Revoked, VaultRefusal};
use sync_core::message::{
    NewRecoveryCode, RecoveryCodeEntry, RecoveryCodeList, ReplaceRecoveryCodes, ReplaceSlots,
    ValidateRecoveryCode, ValidatedRecoveryCode, VerifierHash,
};
use sync_core::{HeldCode, find_code, may_try_code};
use vault_types::{AccountId, CredentialId, DeviceId, OpaqueBytes};

/// How long a try is remembered.
const HOUR_MS: u64 = 60 * 60 * 1000;

pub(super) fn list(
    connection: &Connection,
    account_id: AccountId,
) -> Result<Outcome<RecoveryCodeList>> {
    let vault_row: Option<i64> = connection
        .prepare_cached("SELECT vault_row FROM vault WHERE account_id = ?1")?
        .query_row([account_id.as_bytes()], |row| row.get(0))
        .optional()?;
    match vault_row {
        Some(vault_row) => list_of(connection, vault_row).map(Ok),
        None => Ok(Err(VaultRefusal::NoVault)),
    }
}

fn list_of(connection: &Connection, vault_row: i64) -> Result<RecoveryCodeList> {
    let codes = held(connection, vault_row)?;
    Ok(RecoveryCodeList {
        codes: codes.into_iter().map(|code| code.entry).collect(),
    })
}

fn held(connection: &Connection, vault_row: i64) -> Result<Vec<HeldCode>> {
    connection
        .prepare_cached(
            "SELECT credential_id, label, created_ms, used_ms, used_by, revoked_ms,
             verifier_hash, used_attempt
             FROM recovery_code WHERE vault_row = ?1 ORDER BY position",
        )?
        .query_map([vault_row], held_code)?
        .collect()
}

fn held_code(row: &Row) -> Result<HeldCode> {
    let used_attempt: Option<Vec<u8>> = row.get(7)?;
    Ok(HeldCode {
        entry: RecoveryCodeEntry {
            credential_id: CredentialId::from_bytes(bytes(row, 0)?),
            label: row.get(1)?,
            created_ms: number(row, 2)?,
            used_ms: maybe_number(row, 3)?,
            used_by_device: maybe_bytes(row, 4)?.map(DeviceId::from_bytes),
            revoked_ms: maybe_number(row, 5)?,
        },
        verifier_hash: VerifierHash::from_bytes(bytes(row, 6)?),
        used_attempt: used_attempt.map(OpaqueBytes::new),
    })
}

pub(super) fn replace(
    connection: &Connection,
    account_id: AccountId,
    new: &ReplaceRecoveryCodes,
    now_ms: u64,
) -> Result<Outcome<RecoveryCodeList>> {
    let open = match Open::of_account(connection, account_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = open.replace_slots(connection, &new.slots)? {
        return Ok(Err(refusal));
    }
    keep(connection, &open, &new.codes, now_ms)?;
    list_of(connection, open.vault_row).map(Ok)
}

/// Keeps codes in place of those that there were.
pub(super) fn keep(
    connection: &Connection,
    open: &Open,
    codes: &[NewRecoveryCode],
    now_ms: u64,
) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM recovery_code WHERE vault_row = ?1")?
        .execute([open.vault_row])?;
    let insert = connection.prepare_cached(
        "INSERT INTO recovery_code (vault_row, position, credential_id, label, verifier_hash,
         created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (position, code) in codes.iter().enumerate() {
        insert.execute((
            open.vault_row,
            position,
            code.credential_id.as_bytes(),
            &code.label,
            code.verifier_hash.as_bytes(),
            sql(now_ms),
        ))?;
    }
    Ok(())
}

pub(super) fn revoke(
    connection: &Connection,
    account_id: AccountId,
    revoked: Revoked,
    new_slots: &ReplaceSlots,
    now_ms: u64,
) -> Result<Outcome<RecoveryCodeList>> {
    let open = match Open::of_account(connection, account_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let meant = |code: &HeldCode| match revoked {
        Revoked::All => true,
        Revoked::One(id) => id == code.entry.credential_id,
    };
    let codes = held(connection, open.vault_row)?;
    if matches!(revoked, Revoked::One(_)) && !codes.iter().any(meant) {
        return Ok(Err(VaultRefusal::UnknownRecoveryCode));
    }
    if let Err(refusal) = open.replace_slots(connection, new_slots)? {
        return Ok(Err(refusal));
    }
    let mark = connection.prepare_cached(
        "UPDATE recovery_code SET revoked_ms = coalesce(revoked_ms, ?3)
         WHERE vault_row = ?1 AND credential_id = ?2",
    )?;
    for code in codes.iter().filter(|code| meant(code)) {
        let id = code.entry.credential_id;
        mark.execute((open.vault_row, id.as_bytes(), sql(now_ms)))?;
    }
    list_of(connection, open.vault_row).map(Ok)
}

pub(super) fn validate(
    connection: &Connection,
    code_try: CodeTry,
    request: &ValidateRecoveryCode,
) -> Result<Outcome<ValidatedRecoveryCode>> {
    let open = match Open::of_account(connection, code_try.account_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if !note_try(connection, code_try)? {
        return Ok(Err(VaultRefusal::SlowDown));
    }
    let codes = held(connection, open.vault_row)?;
    let Ok(at) = find_code(&codes, request, code_try.device_id) else {
        return Ok(Err(VaultRefusal::RecoveryCodeRefused));
    };
    let code = &codes[at];
    if code.entry.used_ms.is_none() {
        use_up(connection, &open, code, code_try, request)?;
    }
    // The vault is there: it was just read in this transaction.
    let Some(slots) = slots(connection, code_try.account_id)? else {
        return Ok(Err(VaultRefusal::NoVault));
    };
    Ok(Ok(ValidatedRecoveryCode {
        credential_id: code.entry.credential_id,
        slots,
    }))
}

/// Notes a try; false, and nothing noted, if there were too many.
fn note_try(connection: &Connection, code_try: CodeTry) -> Result<bool> {
    let account = code_try.account_id.as_bytes();
    let forgotten_ms = code_try.now_ms.saturating_sub(HOUR_MS);
    connection
        .prepare_cached("DELETE FROM recovery_try WHERE account_id = ?1 AND tried_ms <= ?2")?
        .execute((account, sql(forgotten_ms)))?;
    let tries_ms = connection
        .prepare_cached("SELECT tried_ms FROM recovery_try WHERE account_id = ?1")?
        .query_map([account], |row| number(row, 0))?
        .collect::<Result<Vec<_>>>()?;
    if !may_try_code(tries_ms, code_try.now_ms) {
        return Ok(false);
    }
    connection
        .prepare_cached("INSERT INTO recovery_try (account_id, tried_ms) VALUES (?1, ?2)")?
        .execute((account, sql(code_try.now_ms)))?;
    Ok(true)
}

fn use_up(
    connection: &Connection,
    open: &Open,
    code: &HeldCode,
    code_try: CodeTry,
    request: &ValidateRecoveryCode,
) -> Result<()> {
    let (used_ms, device_id) = (sql(code_try.now_ms), code_try.device_id);
    connection
        .prepare_cached(
            "UPDATE recovery_code SET used_ms = ?3, used_by = ?4, used_attempt = ?5
             WHERE vault_row = ?1 AND credential_id = ?2",
        )?
        .execute((
            open.vault_row,
            code.entry.credential_id.as_bytes(),
            used_ms,
            device_id.as_bytes(),
            request.attempt_id.as_ref().map(OpaqueBytes::as_slice),
        ))?;
    connection
        .prepare_cached(
            "UPDATE vault SET recovery_used_ms = ?2, recovery_used_by = ?3 WHERE vault_row = ?1",
        )?
        .execute((open.vault_row, used_ms, device_id.as_bytes()))?;
    Ok(())
}
