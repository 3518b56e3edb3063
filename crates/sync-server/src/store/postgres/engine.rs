//! Statements on a PostgreSQL connection, from a thread that may wait.

use super::failure::store_error;
use crate::store::sql::connection::{Engine, Error, Locking, Result, Row, Value};
use core::cell::Cell;
use deadpool_postgres::ClientWrapper;
use tokio::runtime::Handle;
use tokio_postgres::Statement;
use tokio_postgres::types::{FromSql, ToSql, Type};

/// A connection, from a thread that may wait for it.
pub(super) struct Waiting<'a> {
    client: &'a ClientWrapper,
    runtime: Handle,
    /// After an error PostgreSQL undoes the transaction, whoever commits it.
    failed: Cell<bool>,
}

impl<'a> Waiting<'a> {
    /// Waits for what that connection answers.
    pub(super) const fn new(client: &'a ClientWrapper, runtime: Handle) -> Self {
        Self {
            client,
            runtime,
            failed: Cell::new(false),
        }
    }

    /// Runs statements without parameters.
    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Whether a statement has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.get()
    }

    fn wait<T>(&self, answer: impl Future<Output = DatabaseResult<T>>) -> Result<T> {
        self.runtime.block_on(answer).map_err(|error| {
            self.failed.set(true);
            Error::Failed(store_error(&error))
        })
    }
}

type DatabaseResult<T> = core::result::Result<T, tokio_postgres::Error>;

impl Engine for Waiting<'_> {
    fn execute(&self, sql: &str, values: &[Value]) -> Result<usize> {
        let changed = self.wait(async {
            let statement = self.client.prepare_cached(&in_postgres(sql)).await?;
            let parameters = parameters(&statement, values);
            let parameters: Vec<_> = parameters.iter().map(Box::as_ref).collect();
            self.client.execute(&statement, &parameters).await
        })?;
        usize::try_from(changed).map_err(|_| Error::Unreadable)
    }

    fn query(&self, sql: &str, locking: Locking, values: &[Value]) -> Result<Vec<Row>> {
        let mut sql = in_postgres(sql);
        if locking == Locking::ForUpdate {
            sql.push_str(" FOR UPDATE");
        }
        let rows = self.wait(async {
            let statement = self.client.prepare_cached(&sql).await?;
            let parameters = parameters(&statement, values);
            let parameters: Vec<_> = parameters.iter().map(Box::as_ref).collect();
            self.client.query(&statement, &parameters).await
        })?;
        rows.iter().map(row).collect()
    }
}

/// What SQLite calls `?1` is `$1` here, and nothing else has a question mark.
fn in_postgres(sql: &str) -> String {
    sql.replace('?', "$")
}

type Parameter<'a> = Box<dyn ToSql + Sync + 'a>;

/// Nothing has a type of its own, and takes the column's.
fn parameters<'a>(statement: &Statement, values: &'a [Value]) -> Vec<Parameter<'a>> {
    let types = statement.params().iter().map(Some);
    let parameter = |(value, of): (&'a Value, Option<&Type>)| -> Parameter<'a> {
        match value {
            Value::Integer(number) => Box::new(*number),
            Value::Text(text) => Box::new(text.as_str()),
            Value::Blob(bytes) => Box::new(bytes.as_slice()),
            Value::Null if of == Some(&Type::INT8) => Box::new(None::<i64>),
            Value::Null if of == Some(&Type::BYTEA) => Box::new(None::<&[u8]>),
            Value::Null => Box::new(None::<&str>),
        }
    };
    values
        .iter()
        .zip(types.chain(core::iter::repeat(None)))
        .map(parameter)
        .collect()
}

fn row(row: &tokio_postgres::Row) -> Result<Row> {
    let value = |(at, column): (usize, &tokio_postgres::Column)| match *column.type_() {
        Type::INT8 => read(row, at, Value::Integer),
        Type::INT4 => read(row, at, |number: i32| Value::Integer(number.into())),
        Type::BOOL => read(row, at, |truth: bool| Value::Integer(truth.into())),
        Type::TEXT => read(row, at, Value::Text),
        Type::BYTEA => read(row, at, Value::Blob),
        _ => Err(Error::Unreadable),
    };
    let columns = row.columns().iter().enumerate();
    columns.map(value).collect::<Result<_>>().map(Row::new)
}

fn read<'a, T: FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    at: usize,
    to_value: impl FnOnce(T) -> Value,
) -> Result<Value> {
    let column: Option<T> = row.try_get(at).map_err(|_| Error::Unreadable)?;
    Ok(column.map_or(Value::Null, to_value))
}
