-- What operators see and did.

-- The arguments that are never shown: JSON array of names.
ALTER TABLE {p}kinds ADD COLUMN redact TEXT NOT NULL DEFAULT '[]';

ALTER TABLE {p}queues ADD COLUMN paused_by TEXT;
ALTER TABLE {p}queues ADD COLUMN paused_at INTEGER;

-- What an operator asked of it: 1 quiet, 2 stop.
ALTER TABLE {p}workers ADD COLUMN asked INTEGER;

-- How many executions ended how, for how long they ran: a row for each minute (span 60) and one for each hour (3600).
-- outcome: 0 succeeded, 1 discarded, 2 dead, 3 cancelled, 4 retried, 5 crashed.
CREATE TABLE {p}stats (
    span INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    count INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    PRIMARY KEY (span, at, kind, outcome)
) STRICT, WITHOUT ROWID;

-- Who did what by hand.
CREATE TABLE {p}audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

-- The few that did not simply succeed, and flows that wait: found without reading the others.
CREATE INDEX {p}history_otherwise ON {p}history (state, id) WHERE state <> 1;
CREATE INDEX {p}jobs_flows ON {p}jobs (id) WHERE stage = 3;
