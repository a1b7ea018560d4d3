//! Whether a pooler such as PgBouncer stands between: then sessions end with each transaction, so that nothing may
//! be prepared by name, set for a session or listened to, and every statement is in an explicit transaction.

use sqlx::{Connection, PgConnection, Row as _, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::session::{LIMIT, SETTINGS};

/// A setting that nobody reads but us: it arrives only if our start-up packet did.
const MARK: (&str, &str) = ("jobs.direct", "on");

/// How to connect directly.
pub(super) fn direct(plain: &PgConnectOptions) -> PgConnectOptions {
    plain.clone().options([MARK]).options(SETTINGS)
}

/// How to connect through a pooler.
pub(super) fn pooled(plain: &PgConnectOptions) -> PgConnectOptions {
    plain.clone().statement_cache_capacity(0)
}

/// Finds out. A pooler refuses the mark, or ignores it.
pub(super) async fn stands_between(plain: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let marked = async {
        let mut connection = PgConnection::connect_with(&direct(plain)).await?;
        // A simple query: a pooler may change the server between a parse and its execution.
        let mark: Option<String> = sqlx::raw_sql("SELECT current_setting('jobs.direct', true)")
            .fetch_one(&mut connection)
            .await?
            .try_get(0)?;
        connection.close().await.ok();
        Ok(mark.as_deref() == Some(MARK.1))
    };
    match bounded(marked).await {
        Ok(marked) => Ok(!marked),
        Err(error) if refused(&error) => {
            bounded(async {
                let connection = PgConnection::connect_with(&pooled(plain)).await?;
                connection.close().await.ok();
                Ok(true)
            })
            .await
        }
        Err(error) => Err(error),
    }
}

async fn bounded<T>(
    attempt: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(LIMIT / 3, attempt).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "no answer within 10 seconds",
        )))
    })
}

/// PgBouncer: `unsupported startup parameter: options`, or from 1.20 on `… in options: jobs.direct`.
fn refused(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let text = error.message();
            error.code().as_deref() == Some("08P01") && text.contains("startup parameter")
        }
        _ => false,
    }
}
