//! `retry_on` and `discard_on` as data, and the verdict a match gives.

use std::{error::Error as StdError, time::Duration};

use super::hooks::{FailureFn, Named};
use crate::queue::Queue;

/// One rule. Its `key` is what its count is stored under: the matcher's tokens, or `id = "…"`.
#[derive(Debug)]
pub struct Rule {
    /// Where the count is kept in the row.
    pub key: &'static str,
    /// What happens to a job whose error meets it.
    pub action: Action,
}

/// What a rule does.
#[derive(Debug)]
pub enum Action {
    /// `retry_on(…)`.
    Retry(RetryRule),
    /// `discard_on(…)`.
    Discard(DiscardRule),
}

/// The options of `retry_on`.
#[derive(Debug)]
pub struct RetryRule {
    /// How many executions may end in this rule.
    pub attempts: Attempts,
    /// How long after this rule's first failure retries may be planned.
    pub within: Option<Duration>,
    /// The shape of the series of waits.
    pub backoff: Backoff,
    /// The unit of the series.
    pub wait: Duration,
    /// The base of the geometric series.
    pub factor: f64,
    /// Caps wait and jitter together.
    pub max_wait: Option<Duration>,
    /// The share added at random, at most.
    pub jitter: f64,
    /// Where the retry goes.
    pub queue: Option<Queue>,
    /// The retry's priority.
    pub priority: Option<i16>,
    /// Called when the rule has no attempt left.
    pub on_exhausted: &'static [Named<FailureFn>],
}

impl RetryRule {
    /// What `retry_on(E)` alone means: 5 attempts, 3 s apart, up to 15 % jitter.
    pub const DEFAULT: Self = Self {
        attempts: Attempts::Limited(5),
        within: None,
        backoff: Backoff::Constant,
        wait: Duration::from_secs(3),
        factor: 2.0,
        max_wait: None,
        jitter: 0.15,
        queue: None,
        priority: None,
        on_exhausted: &[],
    };
}

/// The options of `discard_on`.
#[derive(Debug)]
pub struct DiscardRule {
    /// `report = f`.
    pub report: &'static [Named<FailureFn>],
}

/// How many executions may end in a rule, the first included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempts {
    /// At most so many.
    Limited(u32),
    /// No limit of its own.
    Unlimited,
}

/// How the wait follows from the count n (1 after the first failure).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backoff {
    /// wait
    Constant,
    /// wait · n
    Linear,
    /// wait · factorⁿ⁻¹
    Exponential,
    /// n⁴ + 2 seconds
    Polynomial,
    /// The verdict carries the wait: a function's or a binding's value, taken without jitter.
    Given,
}

/// The counts as they will stand after this failure: rule key → n, 1 at the rule's first failure.
pub struct Counts<'a>(&'a dyn Fn(&str) -> u32);

impl std::fmt::Debug for Counts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counts")
    }
}

impl<'a> Counts<'a> {
    /// Wraps a look-up.
    #[must_use]
    pub fn new(look_up: &'a dyn Fn(&str) -> u32) -> Self {
        Self(look_up)
    }

    /// n of one rule.
    #[must_use]
    pub fn of(&self, key: &str) -> u32 {
        (self.0)(key)
    }
}

/// The first rule that an error met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Its place in [`Level::rules`](super::Level::rules).
    pub rule: usize,
    /// The wait, where a function or a binding gives it.
    pub wait: Option<Duration>,
    /// The type found in the chain, for rules that name one.
    pub error_type: Option<&'static str>,
}

/// Finds the first rule that an error meets.
pub type Classify = fn(&(dyn StdError + 'static), &Counts<'_>) -> Option<Verdict>;
