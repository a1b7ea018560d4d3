-- What jobs have settled so far, and events on their way to them. A job without any of these has no row here.
-- A parked job (stage 3) has in waits_for what it awaits ("event:NAME"), and in blocked_until when it goes on anyway.

CREATE INDEX {p}jobs_parked ON {p}jobs (blocked_until) WHERE stage = 3 AND blocked_until IS NOT NULL;

-- They stay as long as the job's record does.
CREATE TABLE {p}checkpoints (
    job_id BLOB NOT NULL,
    -- 1 step, 2 children, 3 sleep, 4 event, 5 cursor
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
    name TEXT NOT NULL,
    -- Of an event: how often the name was awaited before.
    number INTEGER NOT NULL,
    -- JSON. Of an event: [value], or [] if its time was over; NULL while it is awaited.
    value TEXT,
    -- When a wait is over.
    until INTEGER,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, kind, name, number)
) STRICT;

-- What was sent and nobody has taken yet, in order.
CREATE TABLE {p}events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id BLOB NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX {p}events_of ON {p}events (job_id, name, seq);
