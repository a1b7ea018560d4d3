//! How a verb reaches the database: one place for connections, transactions, time limits and second tries.

use std::{future::Future, io, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, Transaction,
    postgres::{PgArguments, PgQueryResult, PgRow},
    query::Query,
};
use tokio::{sync::SemaphorePermit, time::timeout};

use super::{PostgresStorage, connect::CONNECTIONS, lines::Line};
use crate::error::{Error, Result};

/// No verb takes longer; the server gives up a little earlier.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// No sign of life takes longer.
pub(super) const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// Small queries on hot tables: no plan may read a whole one because its statistics are old. With that, every plan is
/// as good as the next, so each statement is planned once: for an insert of few rows planning takes longer than doing.
pub(super) const SETTINGS: [(&str, &str); 6] = [
    ("statement_timeout", "25000"),
    ("default_transaction_isolation", "read committed"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("random_page_cost", "1.1"),
    ("jit", "off"),
];

/// Begins a transaction whose settings do not depend on the session, for a pooler gives it to others afterwards.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 25000; \
    SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off";

/// How many statements a verb has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One: it is its own transaction, if no pooler may come between its parse and its execution.
    One,
    /// Several, in a transaction.
    Many,
}

/// Whether a verb may be tried again when it is not known what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Twice does what once does.
    Safe,
    /// Only if the database says that nothing was done.
    IfUndone,
}

/// One connection, in a transaction where there must be one. One of ours is closed if its verb does not come to its end.
pub(super) struct Session<'s> {
    connection: Connection<'s>,
    persistent: bool,
    _permit: Option<SemaphorePermit<'s>>,
}

enum Connection<'s> {
    Alone(Line),
    Inside(Line),
    /// In a transaction that somebody else began, and that ends here.
    Held(Transaction<'static, Postgres>),
    /// In a caller's transaction.
    Theirs(&'s mut PgConnection),
}

pub(super) type Statement = Query<'static, Postgres, PgArguments>;

/// A statement as sqlx takes it. A pooler gives each transaction another server, so there nothing is prepared by name.
pub(super) fn statement(sql: &Arc<str>, persistent: bool) -> Statement {
    sqlx::query(AssertSqlSafe(Arc::clone(sql))).persistent(persistent)
}

impl Session<'static> {
    /// On a transaction that somebody else began.
    pub(super) fn inside(transaction: Transaction<'static, Postgres>, persistent: bool) -> Self {
        Self {
            connection: Connection::Held(transaction),
            persistent,
            _permit: None,
        }
    }
}

impl<'s> Session<'s> {
    /// On a caller's connection; its transaction is the caller's to end.
    pub(super) fn on(connection: &'s mut PgConnection, persistent: bool) -> Self {
        Self {
            connection: Connection::Theirs(connection),
            persistent,
            _permit: None,
        }
    }

    pub(super) fn is_persistent(&self) -> bool {
        self.persistent
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        match &mut self.connection {
            Connection::Alone(line) | Connection::Inside(line) => line.connection(),
            Connection::Held(transaction) => transaction,
            Connection::Theirs(connection) => connection,
        }
    }

    pub(super) fn statement(&self, sql: &Arc<str>) -> Statement {
        statement(sql, self.persistent)
    }

    pub(super) async fn all(&mut self, query: Statement) -> Result<Vec<PgRow>> {
        Ok(query.fetch_all(self.connection()).await?)
    }

    pub(super) async fn one(&mut self, query: Statement) -> Result<PgRow> {
        Ok(query.fetch_one(self.connection()).await?)
    }

    pub(super) async fn maybe(&mut self, query: Statement) -> Result<Option<PgRow>> {
        Ok(query.fetch_optional(self.connection()).await?)
    }

    pub(super) async fn run(&mut self, query: Statement) -> Result<PgQueryResult> {
        Ok(query.execute(self.connection()).await?)
    }

    /// Without this, what was done in a transaction is undone.
    pub(super) async fn done(self) -> Result<()> {
        match self.connection {
            Connection::Alone(line) => line.give_back(),
            Connection::Inside(mut line) => {
                sqlx::raw_sql("COMMIT").execute(line.connection()).await?;
                line.give_back();
            }
            Connection::Held(transaction) => transaction.commit().await?,
            Connection::Theirs(_) => {}
        }
        Ok(())
    }
}

impl PostgresStorage {
    /// A connection for claims, acks and signs of life.
    pub(super) async fn urgent(&self, shape: Shape) -> Result<Session<'static>> {
        self.session(shape, None).await
    }

    /// A connection for all else. One of the pool's is never used for it: what is slow here stalls no claim.
    pub(super) async fn open(&self, shape: Shape) -> Result<Session<'_>> {
        let permit = self.general.acquire().await.map_err(|_| Error::Closed)?;
        self.session(shape, Some(permit)).await
    }

    async fn session<'s>(
        &self,
        shape: Shape,
        permit: Option<SemaphorePermit<'s>>,
    ) -> Result<Session<'s>> {
        let connection = if shape == Shape::Many || self.pooled {
            Connection::Inside(self.begin_inside().await?)
        } else {
            Connection::Alone(self.lines.lend().await?)
        };
        Ok(Session {
            connection,
            persistent: !self.pooled,
            _permit: permit,
        })
    }

    /// Where not even the beginning arrived, nothing was done: a connection that broke while it was idle is replaced.
    async fn begin_inside(&self) -> Result<Line> {
        let mut tries = 0;
        loop {
            let mut line = self.lines.lend().await?;
            let begun = sqlx::raw_sql(BEGIN).execute(line.connection()).await;
            match begun.map_err(Error::from) {
                Ok(_) => return Ok(line),
                Err(error) if tries < CONNECTIONS && trouble(&error).is_some() => {
                    self.lines.distrust();
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Runs a verb under the time limit, and again if its connection was broken or it lost a deadlock: as often as
    /// there are connections, for the others may be broken too.
    pub(super) async fn again<T, F, A>(&self, again: Again, verb: A) -> Result<T>
    where
        A: Fn(bool) -> F,
        F: Future<Output = Result<T>>,
    {
        self.again_within(LIMIT, again, verb).await
    }

    /// The same for a verb that must not wait for long.
    pub(super) async fn again_within<T, F, A>(
        &self,
        limit: Duration,
        again: Again,
        verb: A,
    ) -> Result<T>
    where
        A: Fn(bool) -> F,
        F: Future<Output = Result<T>>,
    {
        let mut tries = 0;
        loop {
            let ended = bounded(limit, verb(tries > 0)).await;
            if ended.as_ref().is_err_and(breaks) {
                self.lines.distrust();
            }
            match ended {
                Err(error)
                    if tries < CONNECTIONS
                        && trouble(&error).is_some_and(|trouble| trouble.allows(again)) =>
                {
                    tries += 1;
                    tracing::debug!(%error, tries, "trying again");
                    let wait = 10 + rand::random_range(0..20) * u64::from(tries);
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                other => return other.map_err(closed),
            }
        }
    }
}

async fn bounded<T>(limit: Duration, verb: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(limit, verb).await.unwrap_or_else(|_| {
        Err(Error::Database(sqlx::Error::Io(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {limit:?}"),
        ))))
    })
}

pub(super) fn closed(error: Error) -> Error {
    match error {
        Error::Database(sqlx::Error::PoolClosed) => Error::Closed,
        other => other,
    }
}

/// Whether a connection was lost, or is silent: then the others may be, too.
fn breaks(error: &Error) -> bool {
    matches!(error, Error::Database(sqlx::Error::Io(_)))
        || matches!(trouble(error), Some(Trouble::Unknown))
}

#[derive(Clone, Copy)]
enum Trouble {
    /// The database says that nothing was done.
    Undone,
    /// The connection broke: it may have been done.
    Unknown,
}

impl Trouble {
    fn allows(self, again: Again) -> bool {
        matches!(self, Self::Undone) || again == Again::Safe
    }
}

fn trouble(error: &Error) -> Option<Trouble> {
    match error {
        Error::Database(sqlx::Error::Io(error)) if error.kind() == io::ErrorKind::TimedOut => None,
        Error::Database(sqlx::Error::Io(_)) => Some(Trouble::Unknown),
        Error::Database(sqlx::Error::Database(error)) => match error.code().as_deref()? {
            // serialization failure, deadlock
            "40001" | "40P01" => Some(Trouble::Undone),
            // The row was on its way to the default partition when its own one came. (A CHECK of ours has a name.)
            "23514" if error.constraint().is_none() => Some(Trouble::Undone),
            // connection exceptions (a pooler's too), shutdown, crash, start-up
            "57P01" | "57P02" | "57P03" => Some(Trouble::Unknown),
            code if code.starts_with("08") => Some(Trouble::Unknown),
            _ => None,
        },
        _ => None,
    }
}
