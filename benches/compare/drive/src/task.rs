//! What a contender can be asked to do, and what it answers: one JSON object a line.

use serde::{Deserialize, Serialize};

/// What a driver process does; its second argument. The first is the database's URL.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Task {
    /// Makes the tables.
    Setup,
    /// Enqueues `n` jobs one by one, from `callers` tasks at once.
    Single { n: i64, callers: usize },
    /// Enqueues `n` jobs by the fastest way there is, to run in `delay_s` seconds (0: now).
    Bulk { n: i64, delay_s: u64 },
    /// Works until standard input ends. Says so when `expect` jobs have run.
    Work { expect: u64 },
    /// Enqueues `n` jobs, one each `gap_ms`; works too, if `work`.
    Paced { n: i64, gap_ms: u64, work: bool },
    /// Enqueues and works for `seconds`, with at most `ahead` jobs of its own waiting.
    Steady { seconds: u64, ahead: u64 },
}

/// What a driver process says on standard output. Times are microseconds since the epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A worker was started at `at` and takes jobs by now.
    Working { at: i64 },
    /// The last of the expected jobs has run.
    Ran { at: i64 },
    /// The timed part of a task is over.
    Done { count: u64, seconds: f64 },
    /// When enqueues were called and when they returned: (job, call, return).
    Enqueued { times: Vec<(i64, i64, i64)> },
    /// When jobs began: (job, time), and how many ran more than once.
    Began {
        times: Vec<(i64, i64)>,
        count: u64,
        twice: u64,
    },
    /// A sample of the times from an enqueue's call to the start of its job, in microseconds.
    Waited { count: u64, sample: Vec<i64> },
    /// It cannot go on.
    Failed { why: String },
}

impl Event {
    /// Writes it to standard output.
    pub fn say(&self) {
        use std::io::Write as _;
        let line = serde_json::to_string(self).unwrap_or_default();
        let mut out = std::io::stdout().lock();
        // Whoever listens no longer is the one who stops this process.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

/// Microseconds since the epoch.
#[must_use]
pub fn now() -> i64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    passed.map_or(0, |passed| passed.as_micros() as i64)
}
