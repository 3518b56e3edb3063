//! A vault's history in PostgreSQL: a group of uploads in two exchanges with
//! the database, a page in one.

use super::connections::Connections;
use super::failure::store_error;
use super::ledger::{Columns, Fetched, Named, head, known, signed};
use super::notify::Notifier;
use crate::store::announce::Changed;
use crate::store::draft::{Draft, Told};
use crate::store::{Outcome, Page, PageQuery, StoreError, Upload, VaultRefusal};
use deadpool_postgres::ClientWrapper;
use sync_core::message::{Accepted, DownloadResponse, UploadResponse};
use sync_core::{Head, UploadContext, accept_upload};
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Error, Row, Statement};
use vault_types::{
    AccountId, Cursor, HistoryHash, Op, OpId, OpaqueBytes, RecordId, ServerEpoch, VaultId,
};

/// The parameters of a statement.
type Parameters<'a, const N: usize> = [&'a (dyn ToSql + Sync); N];

/// A column holds what this version cannot read.
const UNREADABLE: StoreError = StoreError::Failed { number: -1 };

/// Appends what `sync_core` accepts of a group of uploads, and returns what it
/// decided of each after the commit.
pub(super) async fn append(
    connections: &Connections,
    notifier: &Notifier,
    account_id: AccountId,
    uploads: &[Upload],
) -> Result<Vec<Outcome<UploadResponse>>, StoreError> {
    let lease = connections.lease().await?;
    let client = lease.client()?;
    let statements = Statements::prepare(client).await.map_err(failed)?;
    let named = named(uploads);
    let (found, fetched) = lock_and_fetch(client, &statements, account_id, &named).await?;
    let mut group = Group {
        found,
        fetched,
        columns: Columns::default(),
    };
    let outcomes = uploads.iter().map(|upload| group.decide(upload)).collect();
    let mut draft = Draft::default();
    match &group.found {
        Some(found) if !group.columns.is_empty() => {
            draft.announce(account_id, Changed::Head);
            let message = notifier.message(Told::Account(account_id, Changed::Head));
            store(client, &statements, found, &group.columns, message).await?;
        }
        _ => client.batch_execute("ROLLBACK").await.map_err(failed)?,
    }
    lease.give_back();
    notifier.tell(&draft);
    Ok(outcomes)
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn failed(error: Error) -> StoreError {
    store_error(&error)
}

/// The statements of an upload.
struct Statements {
    lock: Statement,
    known: Statement,
    heads: Statement,
    insert: Statement,
    insert_heads: Statement,
    move_head: Statement,
    notify: Statement,
}

impl Statements {
    async fn prepare(client: &ClientWrapper) -> Result<Self, Error> {
        Ok(Self {
            lock: client
                .prepare_cached(
                    "SELECT vault_row, vault_id, head_cursor, head_hash, locked_at_ms IS NOT NULL
                     FROM vault WHERE account_id = $1 FOR UPDATE",
                )
                .await?,
            known: client
                .prepare_cached(
                    "SELECT op_id, cursor, op_hash FROM op WHERE op_id = ANY ($2) AND vault_row =
                     (SELECT vault_row FROM vault WHERE account_id = $1)",
                )
                .await?,
            heads: client
                .prepare_cached(
                    "SELECT record_id, op_id FROM record_head WHERE record_id = ANY ($2)
                     AND vault_row = (SELECT vault_row FROM vault WHERE account_id = $1)",
                )
                .await?,
            insert: client
                .prepare_cached(
                    "INSERT INTO op (vault_row, cursor, op_id, op_hash, history_hash, bytes)
                     SELECT $1, * FROM unnest
                     ($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[])",
                )
                .await?,
            insert_heads: client
                .prepare_cached(
                    "INSERT INTO record_head (vault_row, record_id, op_id)
                     SELECT $1, * FROM unnest ($2::bytea[], $3::bytea[])
                     ON CONFLICT (vault_row, record_id) DO UPDATE SET op_id = excluded.op_id",
                )
                .await?,
            move_head: client
                .prepare_cached(
                    "UPDATE vault SET head_cursor = $2, head_hash = $3 WHERE vault_row = $1",
                )
                .await?,
            notify: client.prepare_cached("SELECT pg_notify($1, $2)").await?,
        })
    }
}

fn named(uploads: &[Upload]) -> Named {
    let mut named = Named::default();
    for bytes in uploads.iter().flat_map(|upload| &upload.changes) {
        // What does not parse is refused without a look at the database.
        if let Ok(op) = Op::parse(bytes.as_slice()) {
            named.by(&op.header);
        }
    }
    named
}

/// A vault whose row is locked until the end of the transaction.
struct Found {
    vault_row: i64,
    vault_id: VaultId,
    head: Head,
    is_locked: bool,
}

/// Begins a transaction, locks the vault's row and then, what nobody else can
/// change any more, fetches what decides. One exchange with the database.
async fn lock_and_fetch(
    client: &ClientWrapper,
    statements: &Statements,
    account_id: AccountId,
    named: &Named,
) -> Result<(Option<Found>, Fetched), StoreError> {
    let account = account_id.as_bytes().as_slice();
    let (of_vault, of_ops, of_records): (Parameters<1>, Parameters<2>, Parameters<2>) = (
        [&account],
        [&account, &named.op_ids],
        [&account, &named.record_ids],
    );
    let (begun, vault, ops, heads) = tokio::join!(
        biased;
        client.batch_execute("BEGIN"),
        client.query_opt(&statements.lock, &of_vault),
        client.query(&statements.known, &of_ops),
        client.query(&statements.heads, &of_records),
    );
    begun.map_err(failed)?;
    let vault = vault.map_err(failed)?;
    let found = vault.map(|row| found(&row).ok_or(UNREADABLE)).transpose()?;
    let mut fetched = Fetched::default();
    for row in ops.map_err(failed)? {
        let known = known(column(&row, 1)?, column(&row, 2)?).ok_or(UNREADABLE)?;
        fetched.knows(OpId::from_bytes(array(&row, 0)?), known);
    }
    for row in heads.map_err(failed)? {
        let record_id = RecordId::from_bytes(array(&row, 0)?);
        fetched.heads(record_id, OpId::from_bytes(array(&row, 1)?));
    }
    Ok((found, fetched))
}

fn found(row: &Row) -> Option<Found> {
    Some(Found {
        vault_row: column(row, 0).ok()?,
        vault_id: VaultId::from_bytes(array(row, 1).ok()?),
        head: head(column(row, 2).ok()?, column(row, 3).ok()?)?,
        is_locked: column(row, 4).ok()?,
    })
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, StoreError> {
    row.try_get(at).map_err(failed)
}

fn array<const N: usize>(row: &Row, at: usize) -> Result<[u8; N], StoreError> {
    let bytes: &[u8] = column(row, at)?;
    bytes.try_into().map_err(|_| UNREADABLE)
}

/// Uploads that are decided one behind the other.
struct Group<'a> {
    found: Option<Found>,
    fetched: Fetched,
    columns: Columns<'a>,
}

impl<'a> Group<'a> {
    fn decide(&mut self, upload: &'a Upload) -> Outcome<UploadResponse> {
        let named = |found: &&mut Found| found.vault_id == upload.vault_id;
        let Some(found) = self.found.as_mut().filter(named) else {
            return Err(VaultRefusal::UnknownVault);
        };
        if found.is_locked {
            return Err(VaultRefusal::Locked);
        }
        let context = UploadContext {
            head: found.head,
            device_id: upload.device_id,
            now_ms: upload.now_ms,
        };
        let Ok(decision) = accept_upload(context, &upload.changes, &mut self.fetched);
        for append in &decision.append {
            self.fetched.appends(append);
            let bytes = upload.changes[append.index].as_slice();
            self.columns.append(append, bytes);
        }
        found.head = decision.head();
        Ok(decision.response)
    }
}

/// Appends and commits, in one exchange with the database.
async fn store(
    client: &ClientWrapper,
    statements: &Statements,
    found: &Found,
    columns: &Columns<'_>,
    message: (&str, String),
) -> Result<(), StoreError> {
    let row = found.vault_row;
    let (record_ids, op_ids) = columns.record_heads();
    let (cursor, hash) = (signed(found.head.cursor), found.head.hash);
    let hash = hash.as_bytes().as_slice();
    let rows: Parameters<6> = [
        &row,
        &columns.cursors,
        &columns.op_ids,
        &columns.op_hashes,
        &columns.history_hashes,
        &columns.bytes,
    ];
    let (heads, head): (Parameters<3>, Parameters<3>) =
        ([&row, &record_ids, &op_ids], [&row, &cursor, &hash]);
    let message: Parameters<2> = [&message.0, &message.1];
    let (inserted, headed, moved, notified, committed) = tokio::join!(
        biased;
        client.execute(&statements.insert, &rows),
        client.execute(&statements.insert_heads, &heads),
        client.execute(&statements.move_head, &head),
        client.execute(&statements.notify, &message),
        client.batch_execute("COMMIT"),
    );
    // A commit behind a failure rolls back, and reports no failure itself.
    let stored = inserted.and(headed).and(moved).and(notified);
    stored.map_err(failed)?;
    committed.map_err(failed)
}

/// The operations of a page: as many as were asked for in number, and of those
/// as many as fit, but always one. The sizes are known without the bytes.
const OPERATIONS: &str = "SELECT cursor, history_hash, bytes FROM (
        SELECT cursor, history_hash, bytes,
            row_number() OVER page AS place,
            sum(octet_length(bytes)) OVER page AS size
        FROM (
            SELECT cursor, history_hash, bytes FROM op
            WHERE vault_row = (SELECT vault_row FROM vault WHERE account_id = $1 AND vault_id = $2)
            AND cursor > $3 ORDER BY cursor LIMIT $4
        ) AS behind
        WINDOW page AS (ORDER BY cursor)
    ) AS sized
    WHERE place = 1 OR size <= $5 ORDER BY cursor";

/// Reads a page in one state of the database and one exchange with it.
pub(super) async fn page(
    client: &ClientWrapper,
    server_epoch: ServerEpoch,
    query: &PageQuery,
) -> Result<Page, StoreError> {
    let (vault, before, operations) = page_statements(client).await.map_err(failed)?;
    let account = query.account_id.as_bytes().as_slice();
    let vault_id = query.vault_id.as_bytes().as_slice();
    let since = signed(query.since);
    let ops_max = i64::try_from(query.ops_max).unwrap_or(i64::MAX);
    let bytes_max = i64::try_from(query.bytes_max).unwrap_or(i64::MAX);
    let of_vault: Parameters<2> = [&account, &vault_id];
    let of_place: Parameters<3> = [&account, &vault_id, &since];
    let of_page: Parameters<5> = [&account, &vault_id, &since, &ops_max, &bytes_max];
    let (begun, vault, before, operations, ended) = tokio::join!(
        biased;
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        client.query_opt(&vault, &of_vault),
        client.query_opt(&before, &of_place),
        client.query(&operations, &of_page),
        client.batch_execute("COMMIT"),
    );
    begun.and(ended).map_err(failed)?;
    let Some(vault) = vault.map_err(failed)? else {
        return Ok(Page::UnknownVault);
    };
    let end = head(column(&vault, 0)?, column(&vault, 1)?).ok_or(UNREADABLE)?;
    if query.since > end.cursor {
        return Ok(Page::CursorAhead);
    }
    let since_hash = match before.map_err(failed)? {
        Some(row) => HistoryHash::from_bytes(array(&row, 0)?),
        None if query.since == Cursor(0) => HistoryHash::START,
        None => return Err(UNREADABLE),
    };
    let start = Head {
        cursor: query.since,
        hash: since_hash,
    };
    response(server_epoch, start, end, &operations.map_err(failed)?).map(Page::Found)
}

async fn page_statements(
    client: &ClientWrapper,
) -> Result<(Statement, Statement, Statement), Error> {
    let vault = "SELECT head_cursor, head_hash FROM vault WHERE account_id = $1 AND vault_id = $2";
    let before = "SELECT history_hash FROM op WHERE cursor = $3 AND vault_row =
        (SELECT vault_row FROM vault WHERE account_id = $1 AND vault_id = $2)";
    Ok((
        client.prepare_cached(vault).await?,
        client.prepare_cached(before).await?,
        client.prepare_cached(OPERATIONS).await?,
    ))
}

fn response(
    server_epoch: ServerEpoch,
    start: Head,
    end_of_all: Head,
    rows: &[Row],
) -> Result<DownloadResponse, StoreError> {
    let mut end = start;
    let mut changes = Vec::new();
    for row in rows {
        end = head(column(row, 0)?, column(row, 1)?).ok_or(UNREADABLE)?;
        changes.push(Accepted {
            cursor: end.cursor,
            op: OpaqueBytes::new(column(row, 2)?),
        });
    }
    Ok(DownloadResponse {
        server_epoch,
        since_hash: start.hash,
        server_cursor: end_of_all.cursor,
        more: end.cursor < end_of_all.cursor,
        end,
        changes,
    })
}
