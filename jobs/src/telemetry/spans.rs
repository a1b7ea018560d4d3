//! A span for each enqueue and each execution, with the field names of OpenTelemetry's messaging conventions.

use tracing::{Span, field::Empty, info_span};

use super::counted::outcome;
use crate::{
    definition::JobDef,
    storage::{Claimed, Finish, Next},
    trace::TraceContext,
};

/// Around the enqueue of one job, its hooks included.
pub(crate) fn enqueue_span(job: &'static JobDef) -> Span {
    info_span!(
        target: "jobs",
        "enqueue",
        otel.name = format_args!("send {}", job.name),
        otel.kind = "producer",
        messaging.system = "jobs",
        messaging.operation.type = "send",
        messaging.operation.name = "enqueue",
        messaging.destination.name = job.queue().name(),
        messaging.message.id = Empty,
        job.name = job.name,
    )
}

/// Around one execution, its hooks included; it continues the trace of whoever enqueued the job.
pub(crate) fn perform_span(job: &'static JobDef, claimed: &Claimed) -> Span {
    let span = info_span!(
        target: "jobs",
        "perform",
        otel.name = format_args!("process {}", job.name),
        otel.kind = "consumer",
        otel.status_code = Empty,
        messaging.system = "jobs",
        messaging.operation.type = "process",
        messaging.operation.name = "perform",
        messaging.destination.name = %claimed.queue,
        messaging.message.id = %claimed.claim.id,
        job.name = job.name,
        job.attempt = claimed.attempt.saturating_add(1),
        job.outcome = Empty,
        error.type = Empty,
    );
    #[cfg(feature = "otel")]
    if let Some(trace) = &claimed.trace {
        super::otel::continues(&span, trace);
    }
    span
}

/// What became of it.
pub(crate) fn ended_span(span: &Span, finish: &Finish) {
    if span.is_disabled() {
        return;
    }
    span.record("job.outcome", outcome(&finish.to));
    let error = match &finish.to {
        Next::End(end) => end.error.as_ref(),
        Next::Retry { error, .. } => error.as_ref(),
        Next::Crashed { error } => Some(error),
        _ => None,
    };
    if let Some(error) = error {
        span.record("error.type", error.type_name());
        span.record("otel.status_code", "ERROR");
    }
}

/// The trace that the caller is in.
pub(crate) fn current_trace() -> Option<TraceContext> {
    #[cfg(feature = "otel")]
    if let Some(trace) = super::otel::current() {
        return Some(trace);
    }
    None
}
