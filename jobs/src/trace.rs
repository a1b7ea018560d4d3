//! The trace that a job belongs to, as the W3C writes it down.

/// The W3C trace context of whoever enqueued a job: it is stored with the job, and the execution's span continues it.
///
/// With feature `otel` that happens by itself. Without it, hooks can carry one:
///
/// ```
/// use std::ops::ControlFlow;
/// use jobs::{EnqueueInfo, Halt, TraceContext};
///
/// async fn carry(job: &mut EnqueueInfo) -> ControlFlow<Halt> {
///     let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"; // of the request that is served
///     job.set_trace_context(TraceContext::new(header, None));
///     ControlFlow::Continue(())
/// }
/// # let _ = carry;
/// let context = TraceContext::new("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Some("a=1")).unwrap();
/// assert_eq!(context.trace_id(), "0af7651916cd43dd8448eb211c80319c");
/// assert_eq!(context.traceparent().len(), 55);
/// assert_eq!(context.tracestate(), Some("a=1"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraceContext {
    traceparent: String,
    tracestate: Option<String>,
}

/// The longest `tracestate` that is carried, in bytes; a longer one is left out, as the W3C allows.
const LONGEST_STATE: usize = 512;

impl TraceContext {
    /// From the two headers; `None` if the first is none that a version 00 of the standard knows. A `tracestate` that
    /// cannot be carried is left out.
    #[must_use]
    pub fn new(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let fits = |state: &&str| {
            let printable = |byte: u8| (b' '..=b'~').contains(&byte);
            !state.is_empty() && state.len() <= LONGEST_STATE && state.bytes().all(printable)
        };
        is_parent(traceparent).then(|| Self {
            traceparent: traceparent.to_owned(),
            tracestate: tracestate.map(str::trim).filter(fits).map(str::to_owned),
        })
    }

    /// `00-<trace id>-<span id>-<flags>`
    #[must_use]
    pub fn traceparent(&self) -> &str {
        &self.traceparent
    }

    /// What vendors add.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_deref()
    }

    /// The 32 hex digits of the trace.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.traceparent.get(3..35).unwrap_or_default()
    }

    /// As it stands in a column.
    pub(crate) fn stored(&self) -> String {
        match &self.tracestate {
            Some(state) => format!("{} {state}", self.traceparent),
            None => self.traceparent.clone(),
        }
    }

    /// From a column; a text that is none is nothing.
    pub(crate) fn read(stored: &str) -> Option<Box<Self>> {
        let (parent, state) = match stored.split_once(' ') {
            Some((parent, state)) => (parent, Some(state)),
            None => (stored, None),
        };
        Self::new(parent, state).map(Box::new)
    }
}

fn is_parent(text: &str) -> bool {
    let hex = |part: &str, len: usize| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        part.len() == len && part.bytes().all(digit)
    };
    let some = |part: &str| part.bytes().any(|byte| byte != b'0');
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, span, flags] = parts[..] else {
        return false;
    };
    version == "00" && hex(trace, 32) && some(trace) && hex(span, 16) && some(span) && hex(flags, 2)
}

#[cfg(test)]
mod tests {
    use super::TraceContext;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn comes_back_from_its_column() {
        for state in [None, Some("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")] {
            let context = TraceContext::new(PARENT, state).expect("it is well-formed");
            let read = TraceContext::read(&context.stored()).expect("it was written by us");
            assert_eq!(*read, context);
            assert_eq!(read.tracestate(), state);
            assert_eq!(read.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        }
    }

    #[test]
    fn what_is_malformed_is_none() {
        for bad in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(TraceContext::new(bad, None), None, "{bad}");
        }
    }

    #[test]
    fn a_state_that_cannot_be_carried_is_left_out() {
        for state in ["", "a\nb=c", "ключ=1", &"x".repeat(513)] {
            let context =
                TraceContext::new(PARENT, Some(state)).expect("the parent is well-formed");
            assert_eq!(context.tracestate(), None, "{state}");
        }
    }
}
