//! Time that runs fast, the same in every process of a test.

use chrono::{DateTime, TimeDelta, Utc};

/// When it begins: the day before clocks in Europe are put forward.
#[must_use]
pub fn beginning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_806_105_600, 0).unwrap_or_default()
}

/// What it shows, `speed` times faster than the host's clock since that showed `began`.
#[must_use]
pub fn now(began: DateTime<Utc>, speed: i64) -> DateTime<Utc> {
    let passed = (Utc::now() - began).num_microseconds().unwrap_or(0);
    beginning() + TimeDelta::microseconds(passed.saturating_mul(speed))
}
