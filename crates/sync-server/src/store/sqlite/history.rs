//! A vault's history: appended in the group's transaction, read in pages.

use super::row::{bytes, cursor, hash, optional, sql, store_error};
use crate::store::sql::connection::Connection as Shared;
use crate::store::sql::vaults::Open;
use crate::store::{Outcome, Page, PageQuery, StoreError, Upload};
use rusqlite::Connection;
use sync_core::message::{Accepted, DownloadResponse, UploadResponse};
use sync_core::{Append, Decision, Head, KnownOp, Ledger, OpHash, UploadContext, accept_upload};
use vault_types::{
    AccountId, Cursor, HistoryHash, OpId, OpaqueBytes, RecordId, ServerEpoch, VaultId,
};

/// A vault's row number and head, found through its account only.
fn find(
    connection: &Connection,
    account_id: AccountId,
    vault_id: VaultId,
) -> Result<Option<(i64, Head)>, StoreError> {
    let run = || {
        connection
            .prepare_cached(
                "SELECT vault_row, head_cursor, head_hash FROM vault
                 WHERE account_id = ?1 AND vault_id = ?2",
            )?
            .query_row((account_id.as_bytes(), vault_id.as_bytes()), |row| {
                let head = Head {
                    cursor: cursor(row, 1)?,
                    hash: hash(row, 2)?,
                };
                Ok((row.get(0)?, head))
            })
    };
    optional(run())
}

pub(super) fn upload(
    connection: &Connection,
    upload: &Upload,
) -> Result<Outcome<UploadResponse>, StoreError> {
    let shared = Shared::new(connection);
    let open = Open::of_vault(&shared, upload.account_id, upload.vault_id)?;
    let (vault_row, head) = match open {
        Ok(open) => (open.vault_row, open.head),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let context = UploadContext {
        head,
        device_id: upload.device_id,
        now_ms: upload.now_ms,
    };
    let mut vault = VaultLedger {
        connection,
        vault_row,
    };
    let decision = accept_upload(context, &upload.changes, &mut vault)?;
    vault
        .store(&decision, &upload.changes)
        .map_err(|error| store_error(&error))?;
    Ok(Ok(decision.response))
}

struct VaultLedger<'a> {
    connection: &'a Connection,
    vault_row: i64,
}

impl Ledger for VaultLedger<'_> {
    type Error = StoreError;

    fn known_op(&mut self, op_id: OpId) -> Result<Option<KnownOp>, StoreError> {
        let run = || {
            self.connection
                .prepare_cached(
                    "SELECT cursor, op_hash FROM op WHERE vault_row = ?1 AND op_id = ?2",
                )?
                .query_row((self.vault_row, op_id.as_bytes()), |row| {
                    Ok(KnownOp {
                        cursor: cursor(row, 0)?,
                        hash: OpHash::from_bytes(bytes(row, 1)?),
                    })
                })
        };
        optional(run())
    }

    fn record_head(&mut self, record_id: RecordId) -> Result<Option<OpId>, StoreError> {
        let run = || {
            self.connection
                .prepare_cached(
                    "SELECT op_id FROM record_head WHERE vault_row = ?1 AND record_id = ?2",
                )?
                .query_row((self.vault_row, record_id.as_bytes()), |row| bytes(row, 0))
        };
        optional(run().map(OpId::from_bytes))
    }
}

impl VaultLedger<'_> {
    fn store(&self, decision: &Decision, changes: &[OpaqueBytes]) -> rusqlite::Result<()> {
        if decision.append.is_empty() {
            return Ok(());
        }
        for append in &decision.append {
            self.append(append, changes[append.index].as_slice())?;
        }
        let head = decision.head();
        self.connection
            .prepare_cached(
                "UPDATE vault SET head_cursor = ?2, head_hash = ?3 WHERE vault_row = ?1",
            )?
            .execute((self.vault_row, sql(head.cursor.0), head.hash.as_bytes()))?;
        Ok(())
    }

    fn append(&self, append: &Append, bytes: &[u8]) -> rusqlite::Result<()> {
        let op_id = append.header.op_id;
        self.connection
            .prepare_cached(
                "INSERT INTO op (vault_row, cursor, op_id, op_hash, history_hash, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                self.vault_row,
                sql(append.head.cursor.0),
                op_id.as_bytes(),
                append.hash.as_bytes(),
                append.head.hash.as_bytes(),
                bytes,
            ))?;
        self.connection
            .prepare_cached(
                "INSERT INTO record_head (vault_row, record_id, op_id) VALUES (?1, ?2, ?3)
                 ON CONFLICT (vault_row, record_id) DO UPDATE SET op_id = excluded.op_id",
            )?
            .execute((
                self.vault_row,
                append.header.record_id.as_bytes(),
                op_id.as_bytes(),
            ))?;
        Ok(())
    }
}

pub(super) fn page(
    connection: &Connection,
    server_epoch: ServerEpoch,
    query: &PageQuery,
) -> Result<Page, StoreError> {
    let Some((vault_row, head)) = find(connection, query.account_id, query.vault_id)? else {
        return Ok(Page::UnknownVault);
    };
    if query.since > head.cursor {
        return Ok(Page::CursorAhead);
    }
    let since_hash = hash_at(connection, vault_row, query.since)?;
    let start = Head {
        cursor: query.since,
        hash: since_hash,
    };
    let (changes, end) =
        operations(connection, vault_row, query, start).map_err(|error| store_error(&error))?;
    Ok(Page::Found(DownloadResponse {
        server_epoch,
        since_hash,
        server_cursor: head.cursor,
        more: end.cursor < head.cursor,
        end,
        changes,
    }))
}

fn operations(
    connection: &Connection,
    vault_row: i64,
    query: &PageQuery,
    start: Head,
) -> rusqlite::Result<(Vec<Accepted>, Head)> {
    let mut statement = connection.prepare_cached(
        "SELECT cursor, history_hash, bytes FROM op
         WHERE vault_row = ?1 AND cursor > ?2 ORDER BY cursor LIMIT ?3",
    )?;
    let mut rows = statement.query((vault_row, sql(query.since.0), query.ops_max))?;
    let mut changes = Vec::new();
    let mut end = start;
    let mut page_bytes = 0;
    while let Some(row) = rows.next()? {
        let op = row.get_ref(2)?.as_blob()?;
        page_bytes += op.len();
        if !changes.is_empty() && page_bytes > query.bytes_max {
            break;
        }
        end = Head {
            cursor: cursor(row, 0)?,
            hash: hash(row, 1)?,
        };
        changes.push(Accepted {
            cursor: end.cursor,
            op: OpaqueBytes::new(op.to_vec()),
        });
    }
    Ok((changes, end))
}

fn hash_at(connection: &Connection, vault_row: i64, at: Cursor) -> Result<HistoryHash, StoreError> {
    if at == Cursor(0) {
        return Ok(HistoryHash::START);
    }
    let run = || {
        connection
            .prepare_cached("SELECT history_hash FROM op WHERE vault_row = ?1 AND cursor = ?2")?
            .query_row((vault_row, sql(at.0)), |row| hash(row, 0))
    };
    run().map_err(|error| store_error(&error))
}
