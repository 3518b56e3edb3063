//! Vaults and their key slots.

use super::connection::{Connection, Optional, Result, Row};
use super::lock::held_lock;
use super::row::{bytes, cursor, hash, maybe_bytes, maybe_number, number, sql};
use crate::store::{NewVault, Outcome, RecoveryUse, VaultCreated, VaultRefusal, VaultRow};
use sync_core::Head;
use sync_core::message::{ReplaceSlots, SlotList, VaultSettings};
use vault_types::{
    AccountId, DeviceId, Epoch, Generation, HistoryHash, OpaqueBytes, PolicyVersion, VaultId,
};

/// A vault that may be changed: its account has it and nothing locks it. Made
/// here only, inside the transaction that makes the change.
pub(in crate::store) struct Open {
    pub(in crate::store) vault_row: i64,
    pub(super) vault_id: VaultId,
    pub(super) slots_generation: Generation,
    pub(super) key_epoch: Epoch,
    pub(in crate::store) head: Head,
}

impl Open {
    /// The vault of an account, if it may be changed.
    pub(super) fn of_account(
        connection: &Connection,
        account_id: AccountId,
    ) -> Result<Outcome<Self>> {
        let found = connection
            .for_update(
                "SELECT vault_row, vault_id, slots_generation, key_epoch, head_cursor, head_hash,
                 locked_at_ms IS NOT NULL
                 FROM vault WHERE account_id = ?1",
            )
            .query_row([account_id.as_bytes()], |row| {
                let open = Self {
                    vault_row: row.get(0)?,
                    vault_id: VaultId::from_bytes(bytes(row, 1)?),
                    slots_generation: Generation(number(row, 2)?),
                    key_epoch: Epoch(row.get(3)?),
                    head: Head {
                        cursor: cursor(row, 4)?,
                        hash: hash(row, 5)?,
                    },
                };
                let is_locked: bool = row.get(6)?;
                Ok((open, is_locked))
            })
            .optional()?;
        Ok(match found {
            None => Err(VaultRefusal::NoVault),
            Some((_, true)) => Err(VaultRefusal::Locked),
            Some((open, false)) => Ok(open),
        })
    }

    /// The same, where the request names the vault: another account's is as
    /// unknown as none.
    pub(in crate::store) fn of_vault(
        connection: &Connection,
        account_id: AccountId,
        vault_id: VaultId,
    ) -> Result<Outcome<Self>> {
        let named = connection
            .prepare_cached("SELECT 1 FROM vault WHERE account_id = ?1 AND vault_id = ?2")?
            .exists((account_id.as_bytes(), vault_id.as_bytes()))?;
        if !named {
            return Ok(Err(VaultRefusal::UnknownVault));
        }
        Self::of_account(connection, account_id)
    }

    /// Replaces the key slots by those of the next generation.
    pub(super) fn replace_slots(
        &self,
        connection: &Connection,
        new: &ReplaceSlots,
    ) -> Result<Outcome<()>> {
        if new.vault_id.is_some_and(|named| named != self.vault_id) {
            return Ok(Err(VaultRefusal::UnknownVault));
        }
        if new.slots_generation != self.slots_generation.next() {
            return Ok(Err(VaultRefusal::SlotsConflict));
        }
        connection
            .prepare_cached(
                "UPDATE vault SET slots_generation = ?2, slot_list = ?3,
                 policy_version = coalesce(?4, policy_version) WHERE vault_row = ?1",
            )?
            .execute((
                self.vault_row,
                sql(new.slots_generation.0),
                new.slot_list.as_slice(),
                new.policy_version.map(|version| version.0),
            ))?;
        Ok(Ok(()))
    }
}

pub(super) fn vault(connection: &Connection, account_id: AccountId) -> Result<Option<VaultRow>> {
    connection
        .prepare_cached(
            "SELECT vault_id, policy_version, slots_generation, head_cursor, head_hash, key_epoch,
             strict, recovery_used_ms, recovery_used_by,
             locked_at_ms, lock_reason, lock_by, lock_device_id, lock_statement
             FROM vault WHERE account_id = ?1",
        )?
        .query_row([account_id.as_bytes()], vault_row)
        .optional()
}

fn vault_row(row: &Row) -> Result<VaultRow> {
    let used_by = maybe_bytes(row, 8)?.map(DeviceId::from_bytes);
    let recovery_used = maybe_number(row, 7)?.zip(used_by);
    Ok(VaultRow {
        vault_id: VaultId::from_bytes(bytes(row, 0)?),
        policy_version: PolicyVersion(row.get(1)?),
        slots_generation: Generation(number(row, 2)?),
        head: Head {
            cursor: cursor(row, 3)?,
            hash: hash(row, 4)?,
        },
        key_epoch: Epoch(row.get(5)?),
        settings: VaultSettings {
            strict: row.get(6)?,
        },
        recovery_used: recovery_used.map(|(used_ms, device_id)| RecoveryUse { used_ms, device_id }),
        lock: held_lock(row, 9)?,
    })
}

pub(super) fn create_vault(
    connection: &Connection,
    account_id: AccountId,
    new: &NewVault,
) -> Result<VaultCreated> {
    let made = connection
        .prepare_cached(
            "INSERT INTO vault (account_id, vault_id, policy_version, slots_generation,
             slot_list, head_cursor, head_hash, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)
             ON CONFLICT (account_id) DO NOTHING",
        )?
        .execute((
            account_id.as_bytes(),
            new.vault_id.as_bytes(),
            new.policy_version.0,
            sql(new.slots.slots_generation.0),
            new.slots.slot_list.as_slice(),
            HistoryHash::START.as_bytes(),
            sql(new.now_ms),
        ))?;
    let held = vault(connection, account_id)?;
    Ok(match held {
        Some(row) if made == 1 => VaultCreated::Created(row),
        _ => VaultCreated::Exists,
    })
}

pub(super) fn slots(connection: &Connection, account_id: AccountId) -> Result<Option<SlotList>> {
    connection
        .prepare_cached("SELECT slots_generation, slot_list FROM vault WHERE account_id = ?1")?
        .query_row([account_id.as_bytes()], |row| {
            Ok(SlotList {
                slots_generation: Generation(number(row, 0)?),
                slot_list: OpaqueBytes::new(row.get(1)?),
            })
        })
        .optional()
}

pub(super) fn replace_slots(
    connection: &Connection,
    account_id: AccountId,
    new: &ReplaceSlots,
) -> Result<Outcome<()>> {
    match Open::of_account(connection, account_id)? {
        Ok(open) => open.replace_slots(connection, new),
        Err(refusal) => Ok(Err(refusal)),
    }
}

pub(super) fn keep_settings(
    connection: &Connection,
    account_id: AccountId,
    settings: VaultSettings,
) -> Result<Outcome<()>> {
    let open = match Open::of_account(connection, account_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    connection
        .prepare_cached("UPDATE vault SET strict = ?2 WHERE vault_row = ?1")?
        .execute((open.vault_row, settings.strict))?;
    Ok(Ok(()))
}

pub(super) fn reset_vault(
    connection: &Connection,
    account_id: AccountId,
    vault_id: VaultId,
) -> Result<Outcome<()>> {
    let open = match Open::of_vault(connection, account_id, vault_id)? {
        Ok(open) => open,
        Err(refusal) => return Ok(Err(refusal)),
    };
    for sql in [
        "DELETE FROM rotation WHERE vault_row = ?1",
        "DELETE FROM recovery_code WHERE vault_row = ?1",
        "DELETE FROM record_head WHERE vault_row = ?1",
        "DELETE FROM op WHERE vault_row = ?1",
        "DELETE FROM vault WHERE vault_row = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([open.vault_row])?;
    }
    Ok(Ok(()))
}

pub(super) fn accounts_of_vault(
    connection: &Connection,
    vault_id: VaultId,
) -> Result<Vec<AccountId>> {
    connection
        .prepare_cached("SELECT account_id FROM vault WHERE vault_id = ?1 ORDER BY account_id")?
        .query_map([vault_id.as_bytes()], |row| {
            bytes(row, 0).map(AccountId::from_bytes)
        })?
        .collect()
}
