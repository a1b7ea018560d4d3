-- The tables of jobs. {s} is the schema, {channel} the literal name of its NOTIFY channel.

CREATE TABLE {s}.kinds (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    queue text NOT NULL,
    priority smallint NOT NULL,
    version int NOT NULL,
    tags text NOT NULL,
    -- False for a name that only SQL callers have used so far: its jobs wait for code that knows it.
    declared boolean NOT NULL DEFAULT true
);

CREATE TABLE {s}.queues (
    name text PRIMARY KEY,
    paused boolean NOT NULL DEFAULT false
);

CREATE TABLE {s}.workers (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid bigint NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    lease interval NOT NULL,
    kinds text NOT NULL,
    -- Queue → what runs its jobs, and how many at once: JSON {"queue": [pool, slots]}.
    pools text NOT NULL,
    asleep boolean NOT NULL DEFAULT false,
    stopped_at timestamptz,
    lost_at timestamptz,
    -- No claim of this lost or stopped worker is left, and none can come any more.
    cleared_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- Jobs that have not ended. A claim changes only columns that no index mentions, so that it is a HOT update:
-- keep it so. Ready and running share stage 0; a running job has a worker.
CREATE TABLE {s}.jobs (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    fence bigint NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL,
    enqueued_at timestamptz NOT NULL,
    claimed_at timestamptz,
    blocked_until timestamptz,
    -- Which claim statement took it: a claim whose answer was lost is undone by it.
    ticket bigint,
    id uuid PRIMARY KEY,
    worker uuid,
    -- Whose claim ended last: tells a repeated finish from a stale one.
    last_worker uuid,
    -- How: 1 retry, 2 put back, 3 crashed, 4 blocked, 5 parked.
    last_end smallint,
    kind int NOT NULL,
    version int NOT NULL,
    attempt int NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    runs int NOT NULL DEFAULT 0 CHECK (runs >= 0),
    crashes int NOT NULL DEFAULT 0 CHECK (crashes >= 0),
    priority smallint NOT NULL,
    -- 0 ready or running, 1 scheduled, 2 blocked, 3 parked
    stage smallint NOT NULL CHECK (stage BETWEEN 0 AND 3),
    -- 1 unknown kind, 2 unreadable, 3 its unique key is held, 4 concurrency limit, 5 rate limit
    blocked_on smallint CHECK (blocked_on BETWEEN 1 AND 5),
    queue text NOT NULL,
    args text NOT NULL,
    tags text NOT NULL DEFAULT '[]',
    counters text,
    progress text,
    -- The years 1 to 9999: no infinity, and nothing that a client cannot read.
    CHECK (run_at >= '0001-01-01 00:00:00+00' AND run_at < '10000-01-01 00:00:00+00'),
    CHECK (worker IS NULL OR stage = 0),
    CHECK ((stage = 2) = (blocked_on IS NOT NULL))
) WITH (
    -- A claimed row is some 30 bytes longer than a waiting one: two of them must fit.
    fillfactor = 45,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0.2,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_analyze_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX jobs_claim ON {s}.jobs (queue, priority, run_at, seq) WHERE stage = 0;
CREATE INDEX jobs_due ON {s}.jobs (run_at) WHERE stage = 1;
CREATE INDEX jobs_blocked ON {s}.jobs (kind) WHERE stage = 2;
CREATE INDEX jobs_unreadable ON {s}.jobs (blocked_until) WHERE stage = 2 AND blocked_on = 2;

-- Ended executions that did not simply succeed. A last one without an error is told by the record.
CREATE TABLE {s}.attempts (
    job_id uuid NOT NULL,
    number int NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    worker uuid NOT NULL,
    error text,
    PRIMARY KEY (job_id, number)
);

-- Ended jobs, filed by the day on which they expire and dropped with that day's partition.
CREATE TABLE {s}.history (
    id uuid NOT NULL,
    worker uuid,
    fence bigint NOT NULL,
    run_at timestamptz NOT NULL,
    enqueued_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz NOT NULL,
    expires_on date NOT NULL,
    kind int NOT NULL,
    version int NOT NULL,
    attempt int NOT NULL,
    runs int NOT NULL,
    crashes int NOT NULL,
    priority smallint NOT NULL,
    -- 0 succeeded, 1 discarded, 2 dead, 3 cancelled
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 3),
    queue text NOT NULL,
    args text NOT NULL,
    tags text NOT NULL,
    counters text,
    progress text,
    output text,
    reason text
) PARTITION BY RANGE (expires_on);
CREATE INDEX history_id ON {s}.history (id);
CREATE TABLE {s}.history_other PARTITION OF {s}.history DEFAULT;
CREATE INDEX history_other_expires ON {s}.history_other (expires_on);

CREATE TABLE {s}.dead_letters (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL,
    kind int NOT NULL,
    queue text NOT NULL,
    error_type text NOT NULL,
    message text NOT NULL,
    chain text NOT NULL,
    error text NOT NULL,
    died_at timestamptz NOT NULL,
    resolved_at timestamptz,
    -- 'retried' or 'discarded'
    resolution text
);
CREATE INDEX dead_letters_job ON {s}.dead_letters (job_id);
CREATE INDEX dead_letters_unresolved ON {s}.dead_letters (number) WHERE resolved_at IS NULL;

-- Running jobs that somebody asked to end.
CREATE TABLE {s}.cancels (
    job_id uuid PRIMARY KEY,
    -- How long the record of the cancelled job stays, in microseconds; a negative number keeps none.
    retain bigint NOT NULL
);

-- Enqueues a job from SQL. What is NULL is the job's own.
CREATE FUNCTION {s}.jobs_enqueue(
    name text,
    args jsonb,
    queue text DEFAULT NULL,
    run_at timestamptz DEFAULT NULL,
    priority int DEFAULT NULL,
    unique_key text DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql AS $function$
DECLARE
    known {s}.kinds%ROWTYPE;
    instant timestamptz := clock_timestamp();
    due timestamptz := coalesce(jobs_enqueue.run_at, instant);
    new_job uuid;
    -- What it takes, as the row carries it.
    taken jsonb;
    digest text;
    holder uuid;
BEGIN
    IF jobs_enqueue.name IS NULL OR octet_length(jobs_enqueue.name) NOT BETWEEN 1 AND 120 THEN
        RAISE EXCEPTION 'jobs_enqueue: a job''s name has 1 to 120 bytes' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF args IS NULL OR jsonb_typeof(args) <> 'object' THEN
        RAISE EXCEPTION 'jobs_enqueue: args of % must be a JSON object', jobs_enqueue.name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Name the arguments: ''{"user_id": 42}''.';
    END IF;
    IF jobs_enqueue.priority NOT BETWEEN -32768 AND 32767 THEN
        RAISE EXCEPTION 'jobs_enqueue: priority % is not between -32768 and 32767', jobs_enqueue.priority
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF octet_length(jobs_enqueue.queue) NOT BETWEEN 1 AND 120 THEN
        RAISE EXCEPTION 'jobs_enqueue: a queue''s name has 1 to 120 bytes' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF due < '0001-01-01 00:00:00+00' OR due >= '10000-01-01 00:00:00+00' THEN
        RAISE EXCEPTION 'jobs_enqueue: run_at % is not in the years 1 to 9999', jobs_enqueue.run_at
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass NULL to run the job now.';
    END IF;
    SELECT * INTO known FROM {s}.kinds k WHERE k.name = jobs_enqueue.name;
    IF NOT FOUND THEN
        INSERT INTO {s}.kinds (name, queue, priority, version, tags, declared)
            VALUES (jobs_enqueue.name, 'default', 0, 1, '[]', false)
            ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT known FROM {s}.kinds k WHERE k.name = jobs_enqueue.name;
    END IF;
    IF known.unique_by IS NULL AND unique_key IS NOT NULL THEN
        RAISE EXCEPTION 'jobs_enqueue: % is not unique, so it takes no unique_key', jobs_enqueue.name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave it out, or add `unique` to the job and let a worker connect.';
    END IF;
    IF known.unique_by IS NOT NULL AND unique_key IS NULL THEN
        RAISE EXCEPTION 'jobs_enqueue: % is unique, so it needs unique_key', jobs_enqueue.name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Pass its key as canonical JSON: ''{"user_id":42}''.';
    END IF;
    -- A UUIDv7: 48 bits of milliseconds over a random v4.
    new_job := encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                PLACING substring(int8send((extract(epoch FROM instant) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid;
    IF unique_key IS NOT NULL THEN
        -- As `digest` in the code.
        digest := '1' || left(encode(sha256(convert_to(
            (known.unique_by::jsonb ->> 'space') || E'\n' || (known.unique_by::jsonb ->> 'name') || E'\n' || unique_key, 'UTF8')), 'hex'), 40);
        taken := known.unique_by::jsonb -> 'keys';
        IF taken ? 'u' THEN
            taken := jsonb_set(taken, '{u,k}', to_jsonb(digest));
            FOR round IN 1..100 LOOP
                INSERT INTO {s}.uniques (key, job, expires_at)
                VALUES (digest, new_job, instant + (taken -> 'u' ->> 't')::bigint * interval '1 microsecond')
                ON CONFLICT DO NOTHING;
                EXIT WHEN FOUND;
                UPDATE {s}.uniques u SET job = new_job, expires_at = instant + (taken -> 'u' ->> 't')::bigint * interval '1 microsecond'
                WHERE u.key = digest AND u.expires_at <= instant;
                EXIT WHEN FOUND;
                SELECT u.job INTO holder FROM {s}.uniques u WHERE u.key = digest;
                IF FOUND THEN
                    RETURN holder;
                END IF;
            END LOOP;
        ELSE
            taken := jsonb_set(taken, '{s,0,k}', to_jsonb(digest));
        END IF;
    END IF;
    INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, blocked_on, args, tags, keys)
    VALUES (
        new_job, known.id, known.version, coalesce(jobs_enqueue.queue, known.queue),
        coalesce(jobs_enqueue.priority::smallint, known.priority), due, instant,
        CASE WHEN due > instant THEN 1 WHEN known.declared THEN 0 ELSE 2 END,
        CASE WHEN due > instant OR known.declared THEN NULL ELSE 1 END,
        args::text, known.tags, taken::text
    );
    IF EXISTS (SELECT FROM {s}.workers w WHERE w.asleep AND w.stopped_at IS NULL AND w.lost_at IS NULL) THEN
        PERFORM pg_notify({channel}, CASE
            WHEN due > instant THEN json_build_object('due', floor(extract(epoch FROM due - instant) * 1000)::bigint)
            ELSE json_build_object('ready', json_build_array(coalesce(jobs_enqueue.queue, known.queue)))
        END::text);
    END IF;
    RETURN new_job;
END
$function$;
