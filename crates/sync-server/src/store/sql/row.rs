//! Ids, hashes and times as columns.

use super::connection::{Error, Optional, Result, Row};
use crate::store::StoreError;
use vault_types::{Cursor, HistoryHash};

/// A column of exactly `N` bytes.
pub(super) fn bytes<const N: usize>(row: &Row, column: usize) -> Result<[u8; N]> {
    row.get(column)
}

/// A column that holds a number from 0.
pub(super) fn number(row: &Row, column: usize) -> Result<u64> {
    row.get(column)
}

/// A column that may hold exactly `N` bytes.
pub(super) fn maybe_bytes<const N: usize>(row: &Row, column: usize) -> Result<Option<[u8; N]>> {
    row.get(column)
}

/// A column that may hold a number from 0.
pub(super) fn maybe_number(row: &Row, column: usize) -> Result<Option<u64>> {
    row.get(column)
}

/// A text column of which this version knows every value.
pub(super) fn named<T>(
    row: &Row,
    column: usize,
    from_name: impl FnOnce(&str) -> Option<T>,
) -> Result<T> {
    let name: String = row.get(column)?;
    from_name(&name).ok_or(Error::Unreadable)
}

/// A column that holds a history hash.
pub(super) fn hash(row: &Row, column: usize) -> Result<HistoryHash> {
    bytes(row, column).map(HistoryHash::from_bytes)
}

/// A column that holds a place in a history.
pub(super) fn cursor(row: &Row, column: usize) -> Result<Cursor> {
    number(row, column).map(Cursor)
}

/// A number as a database stores it. Beyond 63 bits it stays at the greatest,
/// which no clock and no counter reaches.
pub(super) fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What a failure means to a caller.
pub(super) fn store_error(error: &Error) -> StoreError {
    (*error).into()
}

/// Turns a query without a row into `None`.
pub(super) fn optional<T>(outcome: Result<T>) -> core::result::Result<Option<T>, StoreError> {
    outcome.optional().map_err(StoreError::from)
}
