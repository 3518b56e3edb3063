//! Ids, hashes and times as columns.

use crate::store::StoreError;
use rusqlite::{Error, ErrorCode, Row, types::Type};
use vault_types::{Cursor, HistoryHash};

/// A column of exactly `N` bytes.
pub(super) fn bytes<const N: usize>(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; N]> {
    let value = row.get_ref(column)?.as_blob()?;
    value.try_into().map_err(|_| {
        Error::FromSqlConversionFailure(column, Type::Blob, "a blob of another length".into())
    })
}

/// A column that holds a number from 0.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(column, value))
}

/// A column that holds a history hash.
pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<HistoryHash> {
    bytes(row, column).map(HistoryHash::from_bytes)
}

/// A column that holds a place in a history.
pub(super) fn cursor(row: &Row<'_>, column: usize) -> rusqlite::Result<Cursor> {
    number(row, column).map(Cursor)
}

/// A number as SQLite stores it. Beyond 63 bits it stays at the greatest,
/// which no clock and no counter reaches.
pub(super) fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What a failure means to a caller.
pub(super) fn store_error(error: &Error) -> StoreError {
    match error {
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => StoreError::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
            _ => StoreError::Failed {
                number: failure.extended_code,
            },
        },
        _ => StoreError::Failed { number: -1 },
    }
}

/// Turns a query without a row into `None`.
pub(super) fn optional<T>(outcome: rusqlite::Result<T>) -> Result<Option<T>, StoreError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(store_error(&error)),
    }
}
