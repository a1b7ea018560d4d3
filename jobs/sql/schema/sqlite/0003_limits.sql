-- Unique keys, concurrency limits, rate limits. A row without keys is as it was.

-- JSON: what it takes at its insert and its claims.
ALTER TABLE {p}jobs ADD COLUMN keys TEXT;
-- 1 while its claim holds slots.
ALTER TABLE {p}jobs ADD COLUMN held INTEGER;
-- The key for which it is blocked.
ALTER TABLE {p}jobs ADD COLUMN waits_for TEXT;
CREATE INDEX {p}jobs_keys ON {p}jobs (waits_for, priority, run_at, seq) WHERE stage = 2 AND waits_for IS NOT NULL;

ALTER TABLE {p}dead_letters ADD COLUMN keys TEXT;

-- Held unique keys. A key belongs to its job until it is freed, or until expires_at.
CREATE TABLE {p}uniques (
    key TEXT PRIMARY KEY,
    job BLOB NOT NULL,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX {p}uniques_expiry ON {p}uniques (expires_at) WHERE expires_at IS NOT NULL;

-- What is known of each key: the claims that hold a slot of it, and for a rate the recent claims.
CREATE TABLE {p}limits (
    key TEXT PRIMARY KEY,
    used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    -- JSON: [[microseconds since the epoch, how many], …]
    recent TEXT,
    -- When more of those that wait for it may go.
    opens_at INTEGER,
    touched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX {p}limits_opening ON {p}limits (opens_at) WHERE opens_at IS NOT NULL;
