//! Devices that are managed, and keys for programs.

use super::connection::{Connection, Optional, Result};
use super::row::{bytes, maybe_number, number, sql};
use crate::store::{AddApiKey, ApiKeyAdded, ApiKeyFound, ApiKeyRow, Found, Member};
use crate::token::TokenHash;
use vault_types::{AccountId, DeviceId, limits};

const fn changed(rows: usize) -> Found {
    if rows == 0 {
        Found::Unknown
    } else {
        Found::Done
    }
}

pub(super) fn rename_device(connection: &Connection, device: Member, name: &str) -> Result<Found> {
    let rows = connection
        .prepare_cached("UPDATE device SET name = ?3 WHERE account_id = ?1 AND device_id = ?2")?
        .execute((
            device.account_id.as_bytes(),
            device.device_id.as_bytes(),
            name,
        ))?;
    Ok(changed(rows))
}

pub(super) fn revoke_device(connection: &Connection, device: Member, now_ms: u64) -> Result<Found> {
    let (account, id) = (device.account_id.as_bytes(), device.device_id.as_bytes());
    connection
        .prepare_cached("UPDATE session SET revoked = 1 WHERE account_id = ?1 AND device_id = ?2")?
        .execute((account, id))?;
    // One of them may be in the hands of whoever has the device.
    connection
        .prepare_cached("DELETE FROM link WHERE account_id = ?1")?
        .execute([account])?;
    let rows = connection
        .prepare_cached(
            "UPDATE device SET revoked_ms = coalesce(revoked_ms, ?3)
             WHERE account_id = ?1 AND device_id = ?2",
        )?
        .execute((account, id, sql(now_ms)))?;
    Ok(changed(rows))
}

/// Forgets the devices that were signed out longest ago, beyond as many as an
/// account may have.
pub(super) fn forget_revoked(connection: &Connection, account_id: AccountId) -> Result<()> {
    const BEYOND: &str = "account_id = ?1 AND device_id IN
        (SELECT device_id FROM device WHERE account_id = ?1 AND revoked_ms IS NOT NULL
         ORDER BY revoked_ms DESC, device_id LIMIT 1000 OFFSET ?2)";
    for table in ["session", "device"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE {BEYOND}"))?
            .execute((account_id.as_bytes(), limits::DEVICES_MAX))?;
    }
    Ok(())
}

pub(super) fn add_api_key(connection: &Connection, key: &AddApiKey) -> Result<ApiKeyAdded> {
    let account = key.member.account_id.as_bytes();
    let held: usize = connection
        .prepare_cached("SELECT count(*) FROM api_key WHERE account_id = ?1")?
        .query_row([account], |row| row.get(0))?;
    if held >= limits::API_KEYS_MAX {
        return Ok(ApiKeyAdded::TooMany);
    }
    connection
        .prepare_cached(
            "INSERT INTO api_key (token_hash, account_id, device_id, name, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            key.token_hash.as_bytes(),
            account,
            key.member.device_id.as_bytes(),
            &key.name,
            sql(key.now_ms),
        ))?;
    Ok(ApiKeyAdded::Added)
}

pub(super) fn api_keys(connection: &Connection, account_id: AccountId) -> Result<Vec<ApiKeyRow>> {
    connection
        .prepare_cached(
            "SELECT device_id, name, created_ms, last_used_ms FROM api_key
             WHERE account_id = ?1 ORDER BY created_ms, device_id",
        )?
        .query_map([account_id.as_bytes()], |row| {
            Ok(ApiKeyRow {
                device_id: DeviceId::from_bytes(bytes(row, 0)?),
                name: row.get(1)?,
                created_ms: number(row, 2)?,
                last_used_ms: maybe_number(row, 3)?,
            })
        })?
        .collect()
}

pub(super) fn revoke_api_key(connection: &Connection, key: Member) -> Result<Found> {
    let rows = connection
        .prepare_cached("DELETE FROM api_key WHERE account_id = ?1 AND device_id = ?2")?
        .execute((key.account_id.as_bytes(), key.device_id.as_bytes()))?;
    Ok(changed(rows))
}

pub(super) fn api_key(
    connection: &Connection,
    token_hash: TokenHash,
) -> Result<Option<ApiKeyFound>> {
    connection
        .prepare_cached(
            "SELECT account_id, device_id, last_used_ms FROM api_key WHERE token_hash = ?1",
        )?
        .query_row([token_hash.as_bytes()], |row| {
            Ok(ApiKeyFound {
                member: Member {
                    account_id: AccountId::from_bytes(bytes(row, 0)?),
                    device_id: DeviceId::from_bytes(bytes(row, 1)?),
                },
                last_used_ms: maybe_number(row, 2)?,
            })
        })
        .optional()
}

pub(super) fn touch_api_key(
    connection: &Connection,
    token_hash: TokenHash,
    now_ms: u64,
) -> Result<()> {
    connection
        .prepare_cached("UPDATE api_key SET last_used_ms = ?2 WHERE token_hash = ?1")?
        .execute((token_hash.as_bytes(), sql(now_ms)))?;
    Ok(())
}
