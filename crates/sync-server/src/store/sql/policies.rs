//! Crypto policies, and the token by which an administrator is known.

use super::connection::{Connection, Optional, Result, Row};
use super::row::{maybe_number, number, sql};
use crate::store::{PolicyCreated, PolicyDeprecated};
use crate::token::TokenHash;
use sync_core::message::{CreatePolicyRequest, PolicyDescription};
use vault_types::PolicyVersion;

const ADMIN_TOKEN: &str = "admin_token";

pub(super) fn list(connection: &Connection) -> Result<Vec<PolicyDescription>> {
    connection
        .prepare_cached(
            "SELECT version, aead, kdf, kdf_iterations, kdf_memory_kib, kdf_lanes, created_ms,
             deprecated_ms FROM policy ORDER BY version",
        )?
        .query_map((), policy)?
        .collect()
}

fn policy(row: &Row) -> Result<PolicyDescription> {
    Ok(PolicyDescription {
        version: PolicyVersion(row.get(0)?),
        aead: row.get(1)?,
        kdf: row.get(2)?,
        kdf_iterations: row.get(3)?,
        kdf_memory_kib: row.get(4)?,
        kdf_lanes: row.get(5)?,
        created_ms: number(row, 6)?,
        deprecated_ms: maybe_number(row, 7)?,
    })
}

pub(super) fn create(
    connection: &Connection,
    new: &CreatePolicyRequest,
    now_ms: u64,
) -> Result<PolicyCreated> {
    let made = connection
        .prepare_cached(
            "INSERT INTO policy (version, aead, kdf, kdf_iterations, kdf_memory_kib, kdf_lanes,
             created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (version) DO NOTHING",
        )?
        .execute((
            new.version.0,
            &new.aead,
            &new.kdf,
            new.kdf_iterations,
            new.kdf_memory_kib,
            new.kdf_lanes,
            sql(now_ms),
        ))?;
    Ok(match made {
        0 => PolicyCreated::Exists,
        _ => PolicyCreated::Created,
    })
}

pub(super) fn deprecate(
    connection: &Connection,
    version: PolicyVersion,
    now_ms: u64,
) -> Result<PolicyDeprecated> {
    let policies = list(connection)?;
    let Some(meant) = policies.iter().find(|policy| policy.version == version) else {
        return Ok(PolicyDeprecated::Unknown);
    };
    if meant.deprecated_ms.is_some() {
        return Ok(PolicyDeprecated::Deprecated);
    }
    let in_force = |policy: &&PolicyDescription| policy.deprecated_ms.is_none();
    if policies.iter().filter(in_force).count() == 1 {
        return Ok(PolicyDeprecated::Last);
    }
    connection
        .prepare_cached("UPDATE policy SET deprecated_ms = ?2 WHERE version = ?1")?
        .execute((version.0, sql(now_ms)))?;
    Ok(PolicyDeprecated::Deprecated)
}

pub(super) fn keep_admin_token(connection: &Connection, token_hash: TokenHash) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO meta (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute((ADMIN_TOKEN, token_hash.as_bytes()))?;
    Ok(())
}

pub(super) fn is_admin_token(connection: &Connection, token_hash: TokenHash) -> Result<bool> {
    let held: Option<Vec<u8>> = connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([ADMIN_TOKEN], |row| row.get(0))
        .optional()?;
    // Hashes of long random tokens: comparing them tells nothing of a token.
    Ok(held.is_some_and(|held| held == token_hash.as_bytes()))
}
