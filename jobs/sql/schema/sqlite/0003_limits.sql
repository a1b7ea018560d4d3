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

-- Takes an enqueue with a unique key as one statement, for other database libraries.
CREATE VIEW {p}enqueue AS
SELECT j.id, j.kind, j.version, j.queue, j.priority, j.run_at, j.enqueued_at, j.stage, j.args, j.tags, j.keys,
       u.key AS unique_key, u.expires_at
  FROM {p}jobs AS j JOIN {p}uniques AS u ON u.job = j.id;
CREATE TRIGGER {p}enqueue_keyed INSTEAD OF INSERT ON {p}enqueue
WHEN NOT EXISTS (SELECT 1 FROM {p}jobs WHERE id = NEW.id)
BEGIN
    INSERT INTO {p}uniques (key, job, expires_at)
    SELECT NEW.unique_key, NEW.id, NEW.expires_at WHERE NEW.unique_key IS NOT NULL
    ON CONFLICT (key) DO UPDATE SET job = excluded.job, expires_at = excluded.expires_at WHERE expires_at <= NEW.enqueued_at;
    INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, keys)
    SELECT NEW.id, NEW.kind, NEW.version, NEW.queue, NEW.priority, NEW.run_at, NEW.enqueued_at, NEW.stage, NEW.args, NEW.tags, NEW.keys
     WHERE NEW.unique_key IS NULL OR EXISTS (SELECT 1 FROM {p}uniques WHERE key = NEW.unique_key AND job = NEW.id);
END;
