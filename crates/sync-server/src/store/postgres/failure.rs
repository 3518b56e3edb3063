//! What PostgreSQL's errors mean to a caller.

use crate::store::StoreError;
use core::error::Error as _;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{WasNull, WrongType};

/// What a failure means to a caller.
pub(super) fn store_error(error: &Error) -> StoreError {
    let Some(state) = error.code() else {
        return without_answer(error);
    };
    match *state {
        SqlState::DISK_FULL => StoreError::Full,
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::TOO_MANY_CONNECTIONS => StoreError::Busy,
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            StoreError::Unreachable
        }
        _ => StoreError::Refused {
            state: state_bytes(state.code()),
        },
    }
}

/// What it means that the database did not say anything.
fn without_answer(error: &Error) -> StoreError {
    let of_types = error
        .source()
        .is_some_and(|source| source.is::<WrongType>() || source.is::<WasNull>());
    if of_types {
        StoreError::Failed { number: -1 }
    } else {
        StoreError::Unreachable
    }
}

/// A SQLSTATE is five letters or digits.
fn state_bytes(code: &str) -> [u8; 5] {
    code.as_bytes().try_into().unwrap_or(*b"?????")
}
