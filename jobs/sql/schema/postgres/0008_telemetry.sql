-- What belongs to a job's trace, and what an attempt has logged.

-- The W3C trace context of whoever enqueued it: traceparent, and behind a space tracestate.
ALTER TABLE {s}.jobs ADD COLUMN trace text;

-- Of a job with `logs`: its events, a line each.
ALTER TABLE {s}.attempts ADD COLUMN logs text;
