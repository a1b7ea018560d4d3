//! Between a span's OpenTelemetry context and what is stored with a job.

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::trace::TraceContext;

/// The context of the current span, if it has one.
pub(super) fn current() -> Option<TraceContext> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return None;
    }
    let parent = format!(
        "00-{}-{}-{:02x}",
        span.trace_id(),
        span.span_id(),
        span.trace_flags().to_u8()
    );
    TraceContext::new(&parent, Some(&span.trace_state().header()))
}

/// Makes a span that has not been entered yet a child of the one that the job was enqueued in.
pub(super) fn continues(span: &Span, trace: &TraceContext) {
    let parts: Vec<&str> = trace.traceparent().split('-').collect();
    let [_, trace_id, span_id, flags] = parts[..] else {
        return;
    };
    let (Ok(trace_id), Ok(span_id), Ok(flags)) = (
        TraceId::from_hex(trace_id),
        SpanId::from_hex(span_id),
        u8::from_str_radix(flags, 16),
    ) else {
        return;
    };
    let state = trace
        .tracestate()
        .and_then(|state| state.parse::<TraceState>().ok());
    let remote = SpanContext::new(
        trace_id,
        span_id,
        TraceFlags::new(flags),
        true,
        state.unwrap_or_default(),
    );
    let parent = opentelemetry::Context::new().with_remote_span_context(remote);
    // Without an OpenTelemetry layer there is no parent to be set.
    let _ = span.set_parent(parent);
}
