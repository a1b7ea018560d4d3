-- What belongs to a job's trace, and what an attempt has logged.

-- The W3C trace context of whoever enqueued it: traceparent, and behind a space tracestate.
ALTER TABLE {p}jobs ADD COLUMN trace TEXT;

-- Of a job with `logs`: its events, a line each.
ALTER TABLE {p}attempts ADD COLUMN logs TEXT;
