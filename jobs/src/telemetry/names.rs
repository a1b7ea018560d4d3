//! The table of all metrics: the code, the documentation, the dashboard and the alerts use these names.

use std::sync::atomic::{AtomicBool, Ordering};

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows, from when the process began.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts of values by size.
    Histogram,
}

/// One metric.
///
/// ```
/// for metric in jobs::telemetry::METRICS {
///     println!("{} {:?} by {:?}: {}", metric.name, metric.kind, metric.labels, metric.help);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: MetricKind,
    /// `seconds`, `bytes`, or `jobs`, which counts.
    pub unit: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

pub(super) const ENQUEUED: &str = "jobs_enqueued_total";
pub(super) const STARTED: &str = "jobs_started_total";
pub(super) const FINISHED: &str = "jobs_finished_total";
pub(super) const RETRIES: &str = "jobs_retries_total";
pub(super) const DEAD: &str = "jobs_dead_total";
pub(super) const STALE: &str = "jobs_stale_ends_total";
pub(super) const DURATION: &str = "jobs_duration_seconds";
pub(super) const LATENCY: &str = "jobs_latency_seconds";
pub(super) const MEMORY: &str = "jobs_memory_delta_bytes";
pub(super) const RUNNING: &str = "jobs_running";
pub(super) const DEPTH: &str = "jobs_queue_depth";
pub(super) const QUEUE_LATENCY: &str = "jobs_queue_latency_seconds";

const fn metric(
    name: &'static str,
    kind: MetricKind,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        unit,
        labels,
        help,
    }
}

const JOB: &[&str] = &["job", "queue"];
const ENDED: &[&str] = &["job", "queue", "outcome"];
const QUEUE: &[&str] = &["queue"];

/// Every metric that this crate records.
pub const METRICS: &[Metric] = {
    use MetricKind::{Counter, Gauge, Histogram};
    &[
        metric(
            ENQUEUED,
            Counter,
            "jobs",
            JOB,
            "jobs that were enqueued by this process",
        ),
        metric(STARTED, Counter, "jobs", JOB, "executions that were begun"),
        metric(
            FINISHED,
            Counter,
            "jobs",
            ENDED,
            "executions that ended, by how: succeeded, retried, discarded, dead, cancelled, crashed, parked, put_back",
        ),
        metric(
            RETRIES,
            Counter,
            "jobs",
            JOB,
            "executions that failed and will be tried again",
        ),
        metric(DEAD, Counter, "jobs", JOB, "jobs that became dead letters"),
        metric(
            STALE,
            Counter,
            "jobs",
            JOB,
            "ends that changed nothing, for the claim had been superseded",
        ),
        metric(
            DURATION,
            Histogram,
            "seconds",
            ENDED,
            "how long an execution took",
        ),
        metric(
            LATENCY,
            Histogram,
            "seconds",
            JOB,
            "how long a job was due before a worker took it",
        ),
        metric(
            MEMORY,
            Histogram,
            "bytes",
            JOB,
            "how much the process grew while a job ran; only with measure_memory",
        ),
        metric(
            RUNNING,
            Gauge,
            "jobs",
            JOB,
            "executions that are under way in this process",
        ),
        metric(
            DEPTH,
            Gauge,
            "jobs",
            QUEUE,
            "ready jobs of a queue, counted up to 10,000",
        ),
        metric(
            QUEUE_LATENCY,
            Gauge,
            "seconds",
            QUEUE,
            "for how long the oldest ready job of a queue has been due",
        ),
    ]
};

/// Tells the installed recorder the units and meanings of all metrics. A worker does it when it starts.
///
/// ```
/// jobs::telemetry::describe();
/// ```
pub fn describe() {
    for metric in METRICS {
        let unit = match metric.unit {
            "seconds" => Unit::Seconds,
            "bytes" => Unit::Bytes,
            _ => Unit::Count,
        };
        match metric.kind {
            MetricKind::Counter => describe_counter!(metric.name, unit, metric.help),
            MetricKind::Gauge => describe_gauge!(metric.name, unit, metric.help),
            MetricKind::Histogram => describe_histogram!(metric.name, unit, metric.help),
        }
    }
}

static MEASURES: AtomicBool = AtomicBool::new(false);

/// Whether to record `jobs_memory_delta_bytes`: off at first, for it reads a file of the system twice per execution.
/// It is the whole process that is measured, so it tells something only of jobs that run alone. On Linux only.
///
/// ```
/// jobs::telemetry::measure_memory(true);
/// # jobs::telemetry::measure_memory(false);
/// ```
pub fn measure_memory(yes: bool) {
    MEASURES.store(yes, Ordering::Relaxed);
}

/// What the process held when an execution began.
pub(super) struct Memory {
    before: f64,
    delta: metrics::Histogram,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Memory").field(&self.before).finish()
    }
}

impl Memory {
    pub(super) fn begin(labels: &[(&'static str, String); 2]) -> Option<Self> {
        if !MEASURES.load(Ordering::Relaxed) {
            return None;
        }
        let before = resident()?;
        let delta = metrics::histogram!(MEMORY, labels);
        Some(Self { before, delta })
    }

    pub(super) fn end(self) {
        if let Some(after) = resident() {
            self.delta.record(after - self.before);
        }
    }
}

/// The resident set of this process, in bytes.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1_024.0)
}
