//! Which failures of a database pass by themselves.

use super::Error;

impl Error {
    /// Whether a lock that somebody else's open transaction holds was waited for in vain.
    pub(crate) fn is_lock_timeout(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        error.code().as_deref() == Some("55P03")
    }
}

pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed => true,
        // Postgres: connection trouble (08), rollback to be repeated (40), too many connections (53),
        // shutdown and start-up (57), lock not available. SQLite: busy and locked, with their extended codes.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            let code = code.as_ref();
            ["08", "40", "53", "57P"]
                .iter()
                .any(|class| code.len() == 5 && code.starts_with(class))
                || matches!(code, "55P03" | "5" | "6" | "261" | "262" | "517")
        }),
        _ => false,
    }
}
