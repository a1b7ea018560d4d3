//! The databases of tests.

use std::{
    env,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::error::{Error, Result};

pub(super) const MEMORY: &str = "sqlite::memory:";

/// Where the server is looked for.
const NAMES: [&str; 2] = ["TEST_POSTGRES_URL", "TEST_DATABASE_URL"];

/// The server's URL.
pub(super) fn url() -> Result<String> {
    let found = NAMES.iter().find_map(|name| env::var(name).ok());
    found.ok_or_else(|| Error::InvalidUrl {
        reason: format!(
            "a test on Postgres needs a server, and neither {} nor {} names one; set one of them to `postgres://user@host/database`",
            NAMES[0], NAMES[1]
        ),
    })
}

/// A name that no other test uses, in this run or another.
pub(super) fn fresh_schema() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("jobs_test_{nanos:x}_{:x}_{count}", std::process::id())
}
