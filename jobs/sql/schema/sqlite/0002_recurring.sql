-- Recurring tasks. Ticks up to and with base are settled; next_tick is due when it has come.
-- catch_up: 0 one, 1 all, 2 none.
CREATE TABLE {p}recurring (
    name TEXT PRIMARY KEY,
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,
    args TEXT NOT NULL,
    schedule TEXT NOT NULL,
    zone TEXT NOT NULL,
    description TEXT,
    catch_up INTEGER NOT NULL CHECK (catch_up BETWEEN 0 AND 2),
    dynamic INTEGER NOT NULL CHECK (dynamic IN (0, 1)),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    base INTEGER NOT NULL,
    last_tick INTEGER,
    next_tick INTEGER NOT NULL
) STRICT;

CREATE INDEX {p}recurring_due ON {p}recurring (next_tick) WHERE paused = 0;

-- Which tasks the code of which worker declares.
CREATE TABLE {p}recurring_workers (
    worker BLOB NOT NULL,
    task TEXT NOT NULL,
    PRIMARY KEY (worker, task)
) STRICT, WITHOUT ROWID;
