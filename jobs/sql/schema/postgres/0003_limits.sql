-- Unique keys, concurrency limits, rate limits. A row without keys is as it was.

ALTER TABLE {s}.jobs
    -- JSON: what it takes at its insert and its claims.
    ADD COLUMN keys text,
    -- True while its claim holds slots.
    ADD COLUMN held boolean,
    -- The key for which it is blocked.
    ADD COLUMN waits_for text;
CREATE INDEX jobs_waits ON {s}.jobs (waits_for, priority, run_at, seq) WHERE stage = 2 AND waits_for IS NOT NULL;

ALTER TABLE {s}.dead_letters ADD COLUMN keys text;

-- Held unique keys. A key belongs to its job until it is freed, or until `expires_at`.
CREATE TABLE {s}.uniques (
    key text PRIMARY KEY,
    job uuid NOT NULL,
    expires_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX uniques_expiry ON {s}.uniques (expires_at) WHERE expires_at IS NOT NULL;

-- For SQL callers: what `unique` says of the kind, without a key (JSON: name, space, keys).
ALTER TABLE {s}.kinds ADD COLUMN unique_by text;

-- What is known of each key: the claims that hold a slot of it, and for a rate the recent claims.
CREATE TABLE {s}.limits (
    key text PRIMARY KEY,
    used int NOT NULL DEFAULT 0 CHECK (used >= 0),
    -- JSON: [[microseconds since the epoch, how many], …]
    recent text,
    -- When more of those that wait for it may go.
    opens_at timestamptz,
    touched_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX limits_opening ON {s}.limits (opens_at) WHERE opens_at IS NOT NULL;
