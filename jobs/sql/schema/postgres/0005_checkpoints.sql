-- What jobs have settled so far, and events on their way to them. A job without any of these has no row here.
-- A parked job (stage 3) has in waits_for what it awaits ("event:NAME"), and in blocked_until when it goes on anyway.

CREATE INDEX jobs_parked ON {s}.jobs (blocked_until) WHERE stage = 3 AND blocked_until IS NOT NULL;

-- They stay as long as the job's record does.
CREATE TABLE {s}.checkpoints (
    job_id uuid NOT NULL,
    -- When a wait is over.
    until timestamptz,
    written_at timestamptz NOT NULL,
    -- Of an event: how often the name was awaited before.
    number int NOT NULL,
    -- 1 step, 2 children, 3 sleep, 4 event, 5 cursor
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 5),
    name text NOT NULL,
    -- JSON. Of an event: [value], or [] if its time was over; NULL while it is awaited.
    value text,
    PRIMARY KEY (job_id, kind, name, number)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- What was sent and nobody has taken yet, in order: numbered under the lock of the job's row.
CREATE TABLE {s}.events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL,
    sent_at timestamptz NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);
CREATE INDEX events_of ON {s}.events (job_id, name, seq);
