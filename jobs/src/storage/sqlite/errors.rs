//! What SQLite's codes mean to a caller, and how long a busy database is waited for.

use std::time::{Duration, Instant};

use crate::error::Error;

/// SQLite's primary result code, if the database itself said no.
pub(super) fn code(error: &sqlx::Error) -> Option<i32> {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse::<i32>().ok())
            .map(|code| code & 0xff),
        _ => None,
    }
}

/// BUSY or LOCKED: another connection holds what this one needs, for now.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(5 | 6))
}

/// The same of an error of ours.
pub(super) fn is_busy_error(error: &Error) -> bool {
    matches!(error, Error::Database(error) if is_busy(error))
}

/// A row with that key is there.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.is_unique_violation())
}

/// An error of a verb.
pub(super) fn database(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::PoolClosed => Error::Closed,
        other => Error::Database(other),
    }
}

/// An error of `connect`, with the place it is about.
pub(super) fn connecting(error: Error, place: &str, exists: bool) -> Error {
    let Error::Database(source) = error else {
        return error;
    };
    let place = place.to_owned();
    match code(&source) {
        // READONLY, or PERM.
        Some(8 | 3) => Error::ReadOnly { place, source },
        // CANTOPEN of a file that is there: the files beside it cannot be made.
        Some(14) if exists => Error::ReadOnly { place, source },
        // CANTOPEN, NOTADB.
        Some(14 | 26) => Error::Unreachable { place, source },
        _ => Error::Database(source),
    }
}

/// How long a busy database is waited for, in all: no caller sees BUSY before.
const AT_MOST: Duration = Duration::from_secs(30);

/// Waits between tries, longer each time, with some jitter so that processes do not meet again.
#[derive(Debug)]
pub(super) struct Patience {
    until: Instant,
    next: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        Self {
            until: Instant::now() + AT_MOST,
            next: Duration::from_millis(1),
        }
    }

    /// Waits; false if it has waited long enough.
    pub(super) async fn wait(&mut self) -> bool {
        if Instant::now() >= self.until {
            return false;
        }
        tokio::time::sleep(self.next.mul_f64(rand::random_range(0.5..1.0))).await;
        self.next = (self.next * 2).min(Duration::from_millis(100));
        true
    }
}
