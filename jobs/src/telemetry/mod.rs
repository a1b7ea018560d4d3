//! What monitoring sees of jobs: spans, metrics, and the logs that an attempt keeps.
//!
//! `docs/telemetry.md` lists all names. Nothing here shows an argument.

mod counted;
#[cfg(feature = "metrics")]
mod gauges;
mod kept;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(feature = "metrics")]
mod names;
#[cfg(feature = "otel")]
mod otel;
mod spans;

pub(crate) use counted::{Of, ended, enqueued, started};
#[cfg(feature = "metrics")]
pub(crate) use gauges::run as run_gauges;
pub(crate) use kept::{Kept, check as check_logs};
#[cfg(feature = "metrics")]
pub use names::{METRICS, Metric, MetricKind, describe, measure_memory};
pub(crate) use spans::{current_trace, ended_span, enqueue_span, perform_span};
