//! Which failures pass, and which refuse the very data that was given.

use super::Error;

impl Error {
    /// Of what a panic carried.
    pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::StoragePanicked {
            message: text.unwrap_or("(no text)").to_owned(),
        }
    }

    /// Whether the same call may succeed a little later: the connection broke, or the database was busy.
    ///
    /// ```
    /// # async fn doc(builder: jobs::Enqueue<()>) -> jobs::Result<()> {
    /// match builder.await {
    ///     Err(error) if error.is_transient() => println!("later, perhaps: {error}"),
    ///     other => drop(other?),
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Database(error) => is_transient(error),
            Self::NotStored { transient, .. } => *transient,
            _ => false,
        }
    }

    /// Whether the database refuses this very data, however often it is given: its form, its size, a constraint.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Damaged { .. } | Self::Database(sqlx::Error::Encode(_)) => true,
            Self::Database(sqlx::Error::Database(database)) => {
                database.code().is_some_and(|code| {
                    let code = code.as_ref();
                    // Postgres: data, integrity, a limit of the program. SQLite, whose codes are shorter: too big,
                    // a constraint, a wrong type, with their extended codes.
                    let primary = code.parse::<u32>().map_or(0, |code| code & 0xff);
                    match code.len() {
                        5 => ["22", "23", "54"]
                            .iter()
                            .any(|class| code.starts_with(class)),
                        _ => matches!(primary, 18..=20),
                    }
                })
            }
            _ => false,
        }
    }

    /// Whether a lock that somebody else's open transaction holds was waited for in vain.
    pub(crate) fn is_lock_timeout(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        error.code().as_deref() == Some("55P03")
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
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
