-- What operators see and did.

-- The arguments that are never shown: JSON array of names.
ALTER TABLE {s}.kinds ADD COLUMN redact text NOT NULL DEFAULT '[]';

ALTER TABLE {s}.queues ADD COLUMN paused_by text, ADD COLUMN paused_at timestamptz;

-- What an operator asked of it: 1 quiet, 2 stop.
ALTER TABLE {s}.workers ADD COLUMN asked smallint;

-- How many executions ended how, for how long they ran: a row for each minute (span 60) and one for each hour (3600).
CREATE TABLE {s}.stats (
    span int NOT NULL,
    at timestamptz NOT NULL,
    kind int NOT NULL,
    -- 0 succeeded, 1 discarded, 2 dead, 3 cancelled, 4 retried, 5 crashed
    outcome smallint NOT NULL,
    count bigint NOT NULL,
    micros bigint NOT NULL,
    PRIMARY KEY (span, at, kind, outcome)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Who did what by hand.
CREATE TABLE {s}.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);

-- The few that did not simply succeed, and flows that wait: found without reading the others.
CREATE INDEX history_otherwise ON {s}.history (state, id) WHERE state <> 0;
CREATE INDEX jobs_flows ON {s}.jobs (id) WHERE stage = 3;
