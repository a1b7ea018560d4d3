//! Finding a Postgres server to test on.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sqlx::{Connection as _, PgConnection};

/// The URL of a server that answers: `TEST_POSTGRES_URL`, or one of the usual local ones.
///
/// A URL that was asked for must answer: a test run that was meant to use a server should not pass without it.
#[must_use]
pub fn server() -> Option<&'static str> {
    static FOUND: LazyLock<Option<String>> = LazyLock::new(find);
    FOUND.as_deref()
}

/// On a thread of its own, for the caller may be inside a runtime.
fn find() -> Option<String> {
    let looking = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .ok()?;
        if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
            assert!(
                runtime.block_on(answers(&url)),
                "no Postgres answers at TEST_POSTGRES_URL"
            );
            return Some(url);
        }
        LOCAL
            .iter()
            .find(|url| runtime.block_on(answers(url)))
            .map(|url| (*url).to_owned())
    });
    looking
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

const LOCAL: &[&str] = &[
    "postgres://postgres@127.0.0.1:5432/postgres",
    "postgres://root@127.0.0.1/test",
];

async fn answers(url: &str) -> bool {
    let connecting = PgConnection::connect(url);
    let Ok(Ok(connection)) = tokio::time::timeout(Duration::from_secs(2), connecting).await else {
        return false;
    };
    connection.close().await.is_ok()
}

/// A schema name that no other test uses, in this run or another.
#[must_use]
pub fn fresh_schema() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("jobs_test_{:x}_{:x}_{count}", nanos, std::process::id())
}
