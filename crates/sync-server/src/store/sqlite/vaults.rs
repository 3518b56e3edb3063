//! Vaults and their key slots.

use super::row::{bytes, cursor, hash, number, optional, sql, store_error};
use crate::store::{NewVault, SlotsReplaced, StoreError, VaultCreated, VaultRow};
use rusqlite::{Connection, Row};
use sync_core::Head;
use sync_core::message::SlotList;
use vault_types::{AccountId, Generation, HistoryHash, OpaqueBytes, PolicyVersion, VaultId};

pub(super) fn vault(
    connection: &Connection,
    account_id: AccountId,
) -> Result<Option<VaultRow>, StoreError> {
    let run = || {
        connection
            .prepare_cached(
                "SELECT vault_id, policy_version, slots_generation, head_cursor, head_hash
                 FROM vault WHERE account_id = ?1",
            )?
            .query_row([account_id.as_bytes()], vault_row)
    };
    optional(run())
}

fn vault_row(row: &Row<'_>) -> rusqlite::Result<VaultRow> {
    Ok(VaultRow {
        vault_id: VaultId::from_bytes(bytes(row, 0)?),
        policy_version: PolicyVersion(row.get(1)?),
        slots_generation: Generation(number(row, 2)?),
        head: Head {
            cursor: cursor(row, 3)?,
            hash: hash(row, 4)?,
        },
    })
}

pub(super) fn create_vault(
    connection: &Connection,
    account_id: AccountId,
    vault: &NewVault,
) -> Result<VaultCreated, StoreError> {
    let run = || {
        connection
            .prepare_cached(
                "INSERT INTO vault (account_id, vault_id, policy_version, slots_generation,
                 slot_list, head_cursor, head_hash, created_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)
                 ON CONFLICT (account_id) DO NOTHING",
            )?
            .execute((
                account_id.as_bytes(),
                vault.vault_id.as_bytes(),
                vault.policy_version.0,
                sql(vault.slots.slots_generation.0),
                vault.slots.slot_list.as_slice(),
                HistoryHash::START.as_bytes(),
                sql(vault.now_ms),
            ))
    };
    let made = run().map_err(|error| store_error(&error))?;
    Ok(if made == 0 {
        VaultCreated::Exists
    } else {
        VaultCreated::Created(VaultRow {
            vault_id: vault.vault_id,
            policy_version: vault.policy_version,
            slots_generation: vault.slots.slots_generation,
            head: Head::default(),
        })
    })
}

pub(super) fn slots(
    connection: &Connection,
    account_id: AccountId,
) -> Result<Option<SlotList>, StoreError> {
    let run = || {
        connection
            .prepare_cached("SELECT slots_generation, slot_list FROM vault WHERE account_id = ?1")?
            .query_row([account_id.as_bytes()], |row| {
                Ok(SlotList {
                    slots_generation: Generation(number(row, 0)?),
                    slot_list: OpaqueBytes::new(row.get(1)?),
                })
            })
    };
    optional(run())
}

pub(super) fn replace_slots(
    connection: &Connection,
    account_id: AccountId,
    new: &SlotList,
) -> Result<SlotsReplaced, StoreError> {
    let Some(old) = slots(connection, account_id)? else {
        return Ok(SlotsReplaced::NoVault);
    };
    if new.slots_generation != old.slots_generation.next() {
        return Ok(SlotsReplaced::Conflict);
    }
    let run = || {
        connection
            .prepare_cached(
                "UPDATE vault SET slots_generation = ?2, slot_list = ?3 WHERE account_id = ?1",
            )?
            .execute((
                account_id.as_bytes(),
                sql(new.slots_generation.0),
                new.slot_list.as_slice(),
            ))
    };
    run()
        .map(|_| SlotsReplaced::Replaced)
        .map_err(|error| store_error(&error))
}
