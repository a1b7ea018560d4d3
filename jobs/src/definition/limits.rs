//! What `unique(…)`, `concurrency(…)` and `rate_limit(…)` say, without the keys: those are made from each job.

use std::time::Duration;

use super::KeyWriter;
use crate::{failure::DeserializationError, payload::ArgsReader};

/// The limits of one job type.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// `unique(…)`.
    pub unique: Option<Unique>,
    /// `concurrency(…)`.
    pub concurrency: Option<Concurrency>,
    /// `rate_limit(…)`.
    pub rate: Option<RateLimit>,
    /// Makes the keys from stored arguments, where no typed job is at hand.
    pub keys: Option<KeysOf>,
}

/// Reads the arguments, and writes the keys.
pub type KeysOf = fn(&ArgsReader, &mut KeyWriter) -> Result<(), DeserializationError>;

impl Limits {
    /// None written.
    pub const NONE: Self = Self {
        unique: None,
        concurrency: None,
        rate: None,
        keys: None,
    };
}

/// `unique(…)`.
#[derive(Debug, Clone, Copy)]
pub struct Unique {
    /// When the key is free again.
    pub until: Until,
    /// How long it is held at most.
    pub ttl: Option<Duration>,
    /// What becomes of a job whose key is held.
    pub on_conflict: OnConflict,
}

/// When a unique key is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When the job starts.
    Executing,
    /// When it has ended for good.
    Executed,
    /// After its `ttl` alone.
    Expired,
    /// It is held by the running one only; others wait.
    WhileExecuting,
}

/// What becomes of a job whose unique key is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// It is not stored; the existing one's handle comes back.
    Reject,
    /// It is not stored; the enqueue fails.
    Error,
    /// The waiting one takes its arguments and time.
    Replace,
    /// The waiting one takes its time.
    Reschedule,
    /// As `Reject`, with a warning.
    Log,
    /// It becomes a dead letter.
    Dead,
}

/// `concurrency(…)`.
#[derive(Debug, Clone, Copy)]
pub struct Concurrency {
    /// So many at once.
    pub limit: u32,
    /// The name that several types share.
    pub group: Option<&'static str>,
    /// What is over the limit ends `discarded` instead of waiting.
    pub discard: bool,
    /// Keys take turns.
    pub fair: bool,
}

/// `rate_limit(…)`.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// So many starts
    pub count: u32,
    /// in any span of this length.
    pub per: Duration,
}

/// A limit from a constant, checked where it is written.
///
/// # Panics
/// At compile time, if it is 0.
#[must_use]
pub const fn limit(limit: u32) -> u32 {
    assert!(limit > 0, "with a limit of 0 no job would ever run");
    limit
}
