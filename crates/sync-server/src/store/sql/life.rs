//! The birth of a database: the name of its life, and its owner's account.

use super::connection::{Connection, Error, Result};
use super::row::{bytes, sql};
use crate::store::StoreError;
use crate::token::random_bytes;
use vault_types::{AccountId, ServerEpoch};

/// What a database is and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Life {
    /// This life of the database.
    pub(in crate::store) server_epoch: ServerEpoch,
    /// The account of whoever runs the server.
    pub(in crate::store) owner: AccountId,
}

/// Begins the life of an empty database.
pub(in crate::store) fn begin_life(connection: &Connection<'_>, now_ms: u64) -> Result<()> {
    let random = || random_bytes().map_err(|_| Error::Failed(StoreError::Failed { number: -1 }));
    let epoch = ServerEpoch::from_random(random()?);
    let owner = AccountId::from_random(random()?);
    connection
        .prepare_cached("INSERT INTO account (account_id, created_ms) VALUES (?1, ?2)")?
        .execute((owner.as_bytes(), sql(now_ms)))?;
    let insert = connection.prepare_cached("INSERT INTO meta (name, value) VALUES (?1, ?2)")?;
    insert.execute(("server_epoch", epoch.as_bytes()))?;
    insert.execute(("owner", owner.as_bytes()))?;
    Ok(())
}

/// Reads what [`begin_life`] wrote.
pub(in crate::store) fn read_life(connection: &Connection<'_>) -> Result<Life> {
    let meta = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let epoch = meta.query_row(["server_epoch"], |row| bytes(row, 0))?;
    let owner = meta.query_row(["owner"], |row| bytes(row, 0))?;
    Ok(Life {
        server_epoch: ServerEpoch::from_bytes(epoch),
        owner: AccountId::from_bytes(owner),
    })
}
