//! One way to run a statement, whichever database holds the rows: what is
//! written once over this runs on both.

use super::value::{FromValue, Parameters};
use crate::store::StoreError;

/// Why a statement came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Error {
    /// A row was asked for and there is none.
    NoRow,
    /// A column holds what this version cannot read.
    Unreadable,
    /// The database did not do it.
    Failed(StoreError),
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoRow | Error::Unreadable => Self::Failed { number: -1 },
            Error::Failed(error) => error,
        }
    }
}

/// What a statement came to.
pub(in crate::store) type Result<T> = core::result::Result<T, Error>;

/// A column's value, or a parameter's.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) enum Value {
    /// Nothing.
    Null,
    /// A number, or a truth as 0 and 1.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A row of an answer.
pub(in crate::store) struct Row(Vec<Value>);

impl Row {
    /// Takes the values of all columns, in their order.
    pub(in crate::store) const fn new(columns: Vec<Value>) -> Self {
        Self(columns)
    }

    /// A column's value, by its place.
    pub(in crate::store) fn value(&self, column: usize) -> Result<&Value> {
        self.0.get(column).ok_or(Error::Unreadable)
    }

    /// A column as what it is to be.
    pub(in crate::store) fn get<T: FromValue>(&self, column: usize) -> Result<T> {
        T::from_value(self.value(column)?).ok_or(Error::Unreadable)
    }
}

/// Whether what is read will be changed in the same transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Locking {
    /// It will not.
    Read,
    /// It will: whoever else wants to change it waits for the end of this
    /// transaction.
    ForUpdate,
}

/// A database in a transaction, or for one statement.
pub(in crate::store) trait Engine {
    /// Runs a statement and says how many rows it changed.
    fn execute(&self, sql: &str, values: &[Value]) -> Result<usize>;

    /// Runs a statement and returns its rows.
    fn query(&self, sql: &str, locking: Locking, values: &[Value]) -> Result<Vec<Row>>;
}

/// What runs statements. Their parameters are `?1`, `?2`, …
#[derive(Clone, Copy)]
pub(in crate::store) struct Connection<'a>(&'a dyn Engine);

/// A statement to be run.
pub(in crate::store) struct Statement<'a> {
    engine: &'a dyn Engine,
    sql: &'a str,
    locking: Locking,
}

impl<'a> Connection<'a> {
    /// Runs statements on that engine.
    pub(in crate::store) const fn new(engine: &'a dyn Engine) -> Self {
        Self(engine)
    }

    /// A statement, which the database parses once.
    #[allow(clippy::unnecessary_wraps)] // where a statement is prepared it may fail
    pub(in crate::store) fn prepare_cached<'s>(&self, sql: &'s str) -> Result<Statement<'s>>
    where
        'a: 's,
    {
        Ok(self.statement(sql, Locking::Read))
    }

    /// A query whose rows will be changed in this transaction.
    pub(in crate::store) fn for_update<'s>(&self, sql: &'s str) -> Statement<'s>
    where
        'a: 's,
    {
        self.statement(sql, Locking::ForUpdate)
    }

    const fn statement<'s>(&self, sql: &'s str, locking: Locking) -> Statement<'s>
    where
        'a: 's,
    {
        Statement {
            engine: self.0,
            sql,
            locking,
        }
    }
}

impl Statement<'_> {
    /// Runs it and says how many rows it changed.
    pub(in crate::store) fn execute(&self, parameters: impl Parameters) -> Result<usize> {
        self.engine.execute(self.sql, &parameters.values())
    }

    /// Runs it and reads every row.
    pub(in crate::store) fn query_map<T>(
        &self,
        parameters: impl Parameters,
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<impl Iterator<Item = Result<T>>> {
        let mut read = read;
        let rows = self.rows(&parameters)?;
        Ok(rows.into_iter().map(move |row| read(&row)))
    }

    /// Runs it and reads its first row.
    ///
    /// # Errors
    /// [`Error::NoRow`] among others, see [`Optional`].
    pub(in crate::store) fn query_row<T>(
        &self,
        parameters: impl Parameters,
        read: impl FnOnce(&Row) -> Result<T>,
    ) -> Result<T> {
        let rows = self.rows(&parameters)?;
        read(rows.first().ok_or(Error::NoRow)?)
    }

    /// Whether it has a row.
    pub(in crate::store) fn exists(&self, parameters: impl Parameters) -> Result<bool> {
        Ok(!self.rows(&parameters)?.is_empty())
    }

    fn rows(&self, parameters: &impl Parameters) -> Result<Vec<Row>> {
        self.engine
            .query(self.sql, self.locking, &parameters.values())
    }
}

/// Turns the lack of a row into `None`.
pub(in crate::store) trait Optional<T> {
    /// The value, if there was a row.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> Optional<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
