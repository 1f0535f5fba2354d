//! What SQLite says, as the library's problems.

use crm_core::{Error, Problem};
use rusqlite::ffi::ErrorCode;

use crate::limits::MOST_BYTES;

/// The library's error for one of SQLite.
pub(crate) fn error(e: rusqlite::Error) -> Error {
    problem(&e).into()
}

fn problem(e: &rusqlite::Error) -> Problem {
    let detail = e.to_string();
    match e {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Problem::Busy,
            ErrorCode::DiskFull => Problem::StorageFull,
            // SQLite does not say how long it was: one byte more than it takes is the least.
            ErrorCode::TooBig => {
                let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
                Problem::TooLong { bytes: most.saturating_add(1), most }
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Problem::Corrupt { detail },
            _ => Problem::Storage { detail },
        },
        // A column that does not hold what this library writes.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => Problem::Corrupt { detail },
        _ => Problem::Storage { detail },
    }
}

/// Whether a unique key is taken.
pub(crate) fn is_taken(e: &rusqlite::Error) -> bool {
    matches!(e, rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation)
}

/// Stored data that this library did not write.
pub(crate) fn corrupt(detail: impl Into<String>) -> Error {
    Problem::Corrupt { detail: detail.into() }.into()
}
