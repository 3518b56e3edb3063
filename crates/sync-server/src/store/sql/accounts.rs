//! Links, sessions and devices.

use super::connection::Connection;
use super::row::{bytes, maybe_number, number, optional, sql, store_error};
use super::{lock, members};
use crate::store::{
    AddLink, DeviceRow, LinkAdded, LogoutEverywhere, SessionFound, SessionRow, SignIn,
    SignInOutcome, StoreError, WhenFull,
};
use crate::token::TokenHash;
use sync_core::message::{LockedBy, VaultLock};
use vault_types::{AccountId, DeviceId, LockReason, LockTier, limits};

pub(super) fn add_link(connection: &Connection, link: &AddLink) -> Result<LinkAdded, StoreError> {
    let account = link.account_id.as_bytes();
    let run = || {
        connection
            .prepare_cached("DELETE FROM link WHERE expires_at_ms <= ?1")?
            .execute([sql(link.now_ms)])?;
        let open: usize = connection
            .prepare_cached("SELECT count(*) FROM link WHERE account_id = ?1")?
            .query_row([account], |row| row.get(0))?;
        if open >= limits::OPEN_LINKS_MAX {
            if link.when_full == WhenFull::Refuse {
                return Ok(LinkAdded::TooMany);
            }
            close_oldest(connection, link.account_id)?;
        }
        let expires_at_ms = link.now_ms.saturating_add(limits::LINK_LIFE_S * 1000);
        connection
            .prepare_cached(
                "INSERT INTO link (token_hash, account_id, expires_at_ms) VALUES (?1, ?2, ?3)",
            )?
            .execute((link.token_hash.as_bytes(), account, sql(expires_at_ms)))?;
        Ok(LinkAdded::Open { expires_at_ms })
    };
    run().map_err(|error| store_error(&error))
}

fn close_oldest(connection: &Connection, account_id: AccountId) -> super::connection::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM link WHERE token_hash =
             (SELECT token_hash FROM link WHERE account_id = ?1 ORDER BY expires_at_ms LIMIT 1)",
        )?
        .execute([account_id.as_bytes()])?;
    Ok(())
}

pub(super) fn sign_in(
    connection: &Connection,
    sign_in: &SignIn,
) -> Result<SignInOutcome, StoreError> {
    let Some(account_id) = account_of_link(connection, sign_in)? else {
        return Ok(SignInOutcome::LinkInvalid);
    };
    let run = || {
        if !fits(connection, account_id, sign_in.device_id)? {
            return Ok(SignInOutcome::TooManyDevices);
        }
        connection
            .prepare_cached("DELETE FROM link WHERE token_hash = ?1")?
            .execute([sign_in.link_hash.as_bytes()])?;
        keep_device(connection, account_id, sign_in)?;
        members::forget_revoked(connection, account_id)?;
        begin_session(connection, account_id, sign_in)?;
        Ok(SignInOutcome::SignedIn(SessionRow {
            account_id,
            device_id: sign_in.device_id,
            last_used_ms: sign_in.now_ms,
            signed_in_ms: sign_in.now_ms,
        }))
    };
    run().map_err(|error| store_error(&error))
}

fn account_of_link(
    connection: &Connection,
    sign_in: &SignIn,
) -> Result<Option<AccountId>, StoreError> {
    let run = || {
        connection
            .prepare_cached(
                "SELECT account_id FROM link WHERE token_hash = ?1 AND expires_at_ms > ?2",
            )?
            .query_row((sign_in.link_hash.as_bytes(), sql(sign_in.now_ms)), |row| {
                bytes(row, 0)
            })
    };
    optional(run().map(AccountId::from_bytes))
}

/// Whether the device is one of the account or may become one.
fn fits(
    connection: &Connection,
    account_id: AccountId,
    device_id: DeviceId,
) -> super::connection::Result<bool> {
    let others: usize = connection
        .prepare_cached(
            "SELECT count(*) FROM device
             WHERE account_id = ?1 AND device_id <> ?2 AND revoked_ms IS NULL",
        )?
        .query_row((account_id.as_bytes(), device_id.as_bytes()), |row| {
            row.get(0)
        })?;
    Ok(others < limits::DEVICES_MAX)
}

fn keep_device(
    connection: &Connection,
    account_id: AccountId,
    sign_in: &SignIn,
) -> super::connection::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO device (account_id, device_id, name, created_ms, last_seen_ms)
             VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (account_id, device_id)
             DO UPDATE SET name = excluded.name, last_seen_ms = excluded.last_seen_ms,
                           revoked_ms = NULL",
        )?
        .execute((
            account_id.as_bytes(),
            sign_in.device_id.as_bytes(),
            &sign_in.device_name,
            sql(sign_in.now_ms),
        ))?;
    Ok(())
}

fn begin_session(
    connection: &Connection,
    account_id: AccountId,
    sign_in: &SignIn,
) -> super::connection::Result<()> {
    let (account, device) = (account_id.as_bytes(), sign_in.device_id.as_bytes());
    connection
        .prepare_cached("DELETE FROM session WHERE account_id = ?1 AND device_id = ?2")?
        .execute((account, device))?;
    connection
        .prepare_cached(
            "INSERT INTO session (token_hash, account_id, device_id, last_used_ms, signed_in_ms)
             VALUES (?1, ?2, ?3, ?4, ?4)",
        )?
        .execute((
            sign_in.session_hash.as_bytes(),
            account,
            device,
            sql(sign_in.now_ms),
        ))?;
    Ok(())
}

pub(super) fn session(
    connection: &Connection,
    token_hash: TokenHash,
    now_ms: u64,
) -> Result<SessionFound, StoreError> {
    let run = || {
        connection
            .prepare_cached(
                "SELECT account_id, device_id, last_used_ms, signed_in_ms, revoked FROM session
                 WHERE token_hash = ?1",
            )?
            .query_row([token_hash.as_bytes()], |row| {
                let session = SessionRow {
                    account_id: AccountId::from_bytes(bytes(row, 0)?),
                    device_id: DeviceId::from_bytes(bytes(row, 1)?),
                    last_used_ms: number(row, 2)?,
                    signed_in_ms: number(row, 3)?,
                };
                Ok((session, row.get::<bool>(4)?))
            })
    };
    Ok(match optional(run())? {
        None => SessionFound::Unknown,
        Some((_, true)) => SessionFound::Revoked,
        Some((row, false)) if row.last_used_ms > oldest_live_ms(now_ms) => SessionFound::Live(row),
        Some(_) => SessionFound::Expired,
    })
}

/// A session that was last used then, or before, has run out.
const fn oldest_live_ms(now_ms: u64) -> u64 {
    now_ms.saturating_sub(limits::SESSION_LIFE_S * 1000)
}

pub(super) fn end_expired_sessions(
    connection: &Connection,
    now_ms: u64,
) -> super::connection::Result<usize> {
    let oldest_ms = sql(oldest_live_ms(now_ms));
    let strict = connection.prepare_cached(
        "SELECT DISTINCT session.account_id FROM session
         JOIN vault ON vault.account_id = session.account_id
         WHERE session.last_used_ms <= ?1 AND session.revoked = 0 AND vault.strict = 1",
    )?;
    let accounts = strict
        .query_map([oldest_ms], |row| bytes(row, 0).map(AccountId::from_bytes))?
        .collect::<Result<Vec<_>, _>>()?;
    for account_id in accounts {
        let lock = VaultLock {
            locked_at_ms: now_ms,
            reason: LockReason::SessionExpired,
            enforce_tier: LockTier::Vault,
            by: LockedBy::Server,
            device_id: None,
            statement: None,
        };
        // There is a vault, which was just read; there is nothing to refuse.
        let _ = lock::lock_vault(connection, account_id, lock)?;
    }
    connection
        .prepare_cached("DELETE FROM session WHERE last_used_ms <= ?1")?
        .execute([oldest_ms])
}

pub(super) fn logout_everywhere(
    connection: &Connection,
    logout: LogoutEverywhere,
) -> super::connection::Result<()> {
    let account = logout.account_id;
    for sql in [
        "DELETE FROM session WHERE account_id = ?1",
        "DELETE FROM link WHERE account_id = ?1",
    ] {
        connection
            .prepare_cached(sql)?
            .execute([account.as_bytes()])?;
    }
    // An account without a vault has nothing to lock.
    let _ = lock::lock_vault(connection, account, logout.lock)?;
    Ok(())
}

pub(super) fn touch_session(
    connection: &Connection,
    token_hash: TokenHash,
    now_ms: u64,
) -> Result<(), StoreError> {
    let run = || {
        connection
            .prepare_cached("UPDATE session SET last_used_ms = ?2 WHERE token_hash = ?1")?
            .execute((token_hash.as_bytes(), sql(now_ms)))?;
        connection
            .prepare_cached(
                "UPDATE device SET last_seen_ms = ?2 FROM session
                 WHERE session.token_hash = ?1
                 AND device.account_id = session.account_id
                 AND device.device_id = session.device_id",
            )?
            .execute((token_hash.as_bytes(), sql(now_ms)))?;
        Ok(())
    };
    run().map_err(|error| store_error(&error))
}

/// Ends a session and says whose it was, if there was one.
pub(super) fn sign_out(
    connection: &Connection,
    token_hash: TokenHash,
) -> Result<Option<AccountId>, StoreError> {
    let run = || {
        connection
            .prepare_cached("DELETE FROM session WHERE token_hash = ?1 RETURNING account_id")?
            .query_row([token_hash.as_bytes()], |row| bytes(row, 0))
    };
    Ok(optional(run())?.map(AccountId::from_bytes))
}

pub(super) fn devices(
    connection: &Connection,
    account_id: AccountId,
) -> Result<Vec<DeviceRow>, StoreError> {
    let run = || {
        connection
            .prepare_cached(
                "SELECT device_id, name, created_ms, last_seen_ms, revoked_ms FROM device
                 WHERE account_id = ?1 ORDER BY created_ms, device_id",
            )?
            .query_map([account_id.as_bytes()], |row| {
                Ok(DeviceRow {
                    device_id: DeviceId::from_bytes(bytes(row, 0)?),
                    name: row.get(1)?,
                    created_ms: number(row, 2)?,
                    last_seen_ms: number(row, 3)?,
                    revoked_ms: maybe_number(row, 4)?,
                })
            })?
            .collect::<Result<Vec<_>, _>>()
    };
    run().map_err(|error| store_error(&error))
}
