//! A vault's lock for every device.

use super::connection::{Connection, Optional, Result, Row};
use super::row::{maybe_bytes, maybe_number, named, sql};
use crate::store::{Outcome, Unlock, VaultRefusal};
use sync_core::message::{LockedBy, UnlockVaultRequest, VaultLock};
use sync_core::{check_unlock, lock_that_stands};
use vault_types::{AccountId, Code, DeviceId, LockReason, LockTier, OpaqueBytes};

/// The lock in five columns from `first`.
pub(super) fn held_lock(row: &Row, first: usize) -> Result<Option<VaultLock>> {
    let Some(locked_at_ms) = maybe_number(row, first)? else {
        return Ok(None);
    };
    let statement: Option<Vec<u8>> = row.get(first + 4)?;
    Ok(Some(VaultLock {
        locked_at_ms,
        reason: named(row, first + 1, LockReason::from_name)?,
        enforce_tier: LockTier::Vault,
        by: named(row, first + 2, by_from_name)?,
        device_id: maybe_bytes(row, first + 3)?.map(DeviceId::from_bytes),
        statement: statement.map(OpaqueBytes::new),
    }))
}

const fn name_of(by: LockedBy) -> &'static str {
    match by {
        LockedBy::Device => "device",
        LockedBy::Server => "server",
    }
}

fn by_from_name(name: &str) -> Option<LockedBy> {
    [LockedBy::Device, LockedBy::Server]
        .into_iter()
        .find(|by| name_of(*by) == name)
}

/// The vault's row and lock, whether it is locked or not.
fn find(
    connection: &Connection,
    account_id: AccountId,
) -> Result<Option<(i64, Option<VaultLock>)>> {
    connection
        .for_update(
            "SELECT vault_row, locked_at_ms, lock_reason, lock_by, lock_device_id, lock_statement
             FROM vault WHERE account_id = ?1",
        )
        .query_row([account_id.as_bytes()], |row| {
            Ok((row.get(0)?, held_lock(row, 1)?))
        })
        .optional()
}

pub(super) fn lock_vault(
    connection: &Connection,
    account_id: AccountId,
    new: VaultLock,
) -> Result<Outcome<VaultLock>> {
    let Some((vault_row, held)) = find(connection, account_id)? else {
        return Ok(Err(VaultRefusal::NoVault));
    };
    let lock = lock_that_stands(held, new);
    connection
        .prepare_cached(
            "UPDATE vault SET locked_at_ms = ?2, lock_reason = ?3, lock_by = ?4,
             lock_device_id = ?5, lock_statement = ?6 WHERE vault_row = ?1",
        )?
        .execute((
            vault_row,
            sql(lock.locked_at_ms),
            lock.reason.name(),
            name_of(lock.by),
            lock.device_id.as_ref().map(DeviceId::as_bytes),
            lock.statement.as_ref().map(OpaqueBytes::as_slice),
        ))?;
    Ok(Ok(lock))
}

pub(super) fn unlock_vault(connection: &Connection, unlock: Unlock) -> Result<Outcome<()>> {
    let Some((vault_row, held)) = find(connection, unlock.account_id)? else {
        return Ok(Err(VaultRefusal::NoVault));
    };
    let request = UnlockVaultRequest {
        locked_at_ms: unlock.locked_at_ms,
    };
    match check_unlock(held.as_ref(), request, unlock.unlocker) {
        Ok(()) => {}
        Err(Code::LockedByServer) => return Ok(Err(VaultRefusal::LockedByServer)),
        Err(_) => return Ok(Err(VaultRefusal::Locked)),
    }
    connection
        .prepare_cached(
            "UPDATE vault SET locked_at_ms = NULL, lock_reason = NULL, lock_by = NULL,
             lock_device_id = NULL, lock_statement = NULL WHERE vault_row = ?1",
        )?
        .execute([vault_row])?;
    Ok(Ok(()))
}
