-- Times are microseconds since the epoch, ids are the 16 bytes of a UUID, JSON is text.

CREATE TABLE {p}kinds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tags TEXT NOT NULL CHECK (json_valid(tags))
) STRICT;

CREATE TABLE {p}queues (
    name TEXT PRIMARY KEY,
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    declared_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A worker that stopped or was lost stays for a day, so that people see it.
CREATE TABLE {p}workers (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    kinds TEXT NOT NULL CHECK (json_valid(kinds)),
    -- Queue → what runs its jobs, and how many at once: {"queue": [pool, slots]}.
    pools TEXT NOT NULL CHECK (json_valid(pools)),
    stopped_at INTEGER,
    lost_at INTEGER,
    -- All claims of a lost worker were handed over.
    drained_at INTEGER
) STRICT, WITHOUT ROWID;

-- The jobs that have not ended. stage: 0 ready (worker IS NULL) or running, 1 scheduled, 2 blocked, 3 parked.
-- last_worker and last_end name the claim that ended last and how: 1 retry, 2 put back, 3 crashed, 4 blocked, 5 parked.
CREATE TABLE {p}jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    stage INTEGER NOT NULL CHECK (stage BETWEEN 0 AND 3),
    worker BLOB CHECK (worker IS NULL OR (length(worker) = 16 AND stage = 0)),
    fence INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    runs INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    enqueued_at INTEGER NOT NULL,
    claimed_at INTEGER,
    last_worker BLOB,
    last_end INTEGER,
    blocked_on INTEGER CHECK ((blocked_on IS NULL) = (stage <> 2)),
    blocked_until INTEGER,
    counters TEXT,
    progress TEXT,
    tags TEXT NOT NULL,
    args TEXT NOT NULL
) STRICT;

-- Unlike a Postgres HOT update, an update here pays for each index entry once whichever verb removes it: with the
-- predicate on worker the claim removes it instead of the finish, and running jobs need not be stepped over.
CREATE INDEX {p}jobs_claim ON {p}jobs (queue, priority, run_at, seq) WHERE stage = 0 AND worker IS NULL;
CREATE INDEX {p}jobs_due ON {p}jobs (run_at) WHERE stage = 1;
CREATE INDEX {p}jobs_blocked ON {p}jobs (kind) WHERE stage = 2;
CREATE INDEX {p}jobs_waits ON {p}jobs (blocked_until) WHERE stage = 2 AND blocked_until IS NOT NULL;
CREATE INDEX {p}jobs_running ON {p}jobs (worker) WHERE worker IS NOT NULL;

-- One row per ended execution that did not simply succeed; the others follow from the job's row or its record.
CREATE TABLE {p}attempts (
    job_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    worker BLOB NOT NULL,
    error TEXT,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;

-- The jobs that have ended, until expires_at. state: 1 succeeded, 2 discarded, 3 dead, 4 cancelled.
-- worker and fence are the claim that ended it; started_at is NULL if its function was not called.
CREATE TABLE {p}history (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    worker BLOB,
    fence INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    enqueued_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    reason TEXT,
    output TEXT,
    progress TEXT,
    tags TEXT NOT NULL,
    args TEXT NOT NULL
) STRICT;

CREATE INDEX {p}history_expiry ON {p}history (expires_at);

CREATE TABLE {p}dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    queue TEXT NOT NULL,
    error_type TEXT NOT NULL,
    message TEXT NOT NULL,
    -- Message and chain in lower case (of every script, which lower() is not).
    search TEXT NOT NULL,
    error TEXT NOT NULL,
    died_at INTEGER NOT NULL,
    resolved_at INTEGER,
    -- 1 retried, 2 discarded
    resolution INTEGER
) STRICT;

CREATE INDEX {p}dead_letters_all ON {p}dead_letters (died_at);
CREATE INDEX {p}dead_letters_open ON {p}dead_letters (number) WHERE resolved_at IS NULL;
CREATE INDEX {p}dead_letters_job ON {p}dead_letters (job_id);

-- Running jobs that somebody asked to end.
CREATE TABLE {p}cancels (
    job_id BLOB PRIMARY KEY,
    -- How long the record of the cancelled job stays; a negative number keeps none.
    retain INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
