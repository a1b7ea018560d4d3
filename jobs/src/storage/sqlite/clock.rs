//! The host's clock, by which SQLite databases judge time, and a word in the log when it jumps.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use chrono::Utc;

use crate::storage::Now;

const JUMP: i64 = 5_000_000;

/// Gives microseconds since the epoch.
#[derive(Debug)]
pub(super) struct Clock {
    /// Where both clocks stood last: the host's may jump, the monotonic one does not.
    last: Mutex<(Instant, i64)>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            last: Mutex::new((Instant::now(), Utc::now().timestamp_micros())),
        }
    }

    /// A test's time, or the host's.
    pub(super) fn micros(&self, now: Now) -> i64 {
        if let Some(now) = now {
            return now.timestamp_micros();
        }
        let (instant, wall) = (Instant::now(), Utc::now().timestamp_micros());
        let jump = {
            let Ok(mut last) = self.last.lock() else {
                return wall;
            };
            let passed = micros(instant.saturating_duration_since(last.0));
            let jump = wall.saturating_sub(last.1).saturating_sub(passed);
            *last = (instant, wall);
            jump
        };
        if jump.abs() > JUMP {
            tracing::warn!(
                target: "jobs",
                seconds = jump / 1_000_000,
                "the host's clock jumped; due times are judged by it"
            );
        }
        wall
    }
}

/// A duration in microseconds; one of more than 292,000 years is cut.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// A time so long after another, at most the last one that can be read back.
pub(super) fn after(now: i64, duration: Duration) -> i64 {
    const LAST: i64 = 253_402_300_799_999_999; // the end of the year 9999
    now.saturating_add(micros(duration)).min(LAST.max(now))
}
