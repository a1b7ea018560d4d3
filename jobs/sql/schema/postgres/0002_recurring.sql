-- Recurring tasks. Ticks up to and with base are settled; next_tick is due when it has come.
CREATE TABLE {s}.recurring (
    name text PRIMARY KEY,
    kind int NOT NULL,
    version int NOT NULL,
    args text NOT NULL,
    schedule text NOT NULL,
    zone text NOT NULL,
    description text,
    -- 0 one, 1 all, 2 none
    catch_up smallint NOT NULL CHECK (catch_up BETWEEN 0 AND 2),
    dynamic boolean NOT NULL,
    paused boolean NOT NULL DEFAULT false,
    base timestamptz NOT NULL,
    last_tick timestamptz,
    next_tick timestamptz NOT NULL
);
CREATE INDEX recurring_due ON {s}.recurring (next_tick) WHERE NOT paused;

-- Which tasks the code of which worker declares.
CREATE TABLE {s}.recurring_workers (
    worker uuid NOT NULL,
    task text NOT NULL,
    PRIMARY KEY (worker, task)
);
