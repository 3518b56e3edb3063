//! Statements on a SQLite connection.

use super::row::store_error;
use crate::store::sql::connection::{Engine, Error, Locking, Result, Row, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

impl Engine for Connection {
    fn execute(&self, sql: &str, values: &[Value]) -> Result<usize> {
        let run = || {
            self.prepare_cached(sql)?
                .execute(params_from_iter(values.iter()))
        };
        run().map_err(|error| Error::Failed(store_error(&error)))
    }

    // One writes at a time: what a writer reads is locked already.
    fn query(&self, sql: &str, _: Locking, values: &[Value]) -> Result<Vec<Row>> {
        let run = || {
            let mut statement = self.prepare_cached(sql)?;
            let columns = statement.column_count();
            statement
                .query_map(params_from_iter(values.iter()), |row| {
                    let column = |at| row.get_ref(at).map(value);
                    (0..columns).map(column).collect::<rusqlite::Result<_>>()
                })?
                .map(|row| row.map(Row::new))
                .collect::<rusqlite::Result<_>>()
        };
        run().map_err(|error| Error::Failed(store_error(&error)))
    }
}

fn value(column: ValueRef<'_>) -> Value {
    match column {
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        // No column of ours is a REAL.
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
