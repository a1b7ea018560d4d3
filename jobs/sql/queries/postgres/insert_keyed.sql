-- in: $1 now, $2 ids uuid[], $3 kinds int4[], $4 versions int4[], $5 queues text[], $6 priorities int2[], $7 delays int8[] (microseconds), $8 times timestamptz[], $9 args text[], $10 tags text[], $11 may exist bool[], $12 what to tell sleeping workers text, $13 keys text[], $14 unique keys text[] (NULL: none), $15 held at most int8[] (microseconds; NULL: no end), $16 how long to wait for a lock text (NULL: as the session says), $17 groups uuid[], $18 places int4[], $19 whether it waits for another stage bool[], $20 traces text[]
-- out: the ids that are new uuid[]; whether sleepers were told bool
-- A unique key is held by its primary key alone: who inserts it first has it. Sorted, so that two batches meet in one order.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now,
        CASE WHEN $16::text IS NOT NULL THEN set_config('lock_timeout', $16::text, true) END
), given AS MATERIALIZED (
    SELECT g.*, coalesce(g.at, clock.now + coalesce(g.delay, 0) * interval '1 microsecond') AS run_at, clock.now
    FROM clock, unnest(
        $2::uuid[], $3::int4[], $4::int4[], $5::text[], $6::int2[], $7::int8[], $8::timestamptz[], $9::text[], $10::text[], $11::bool[],
        $13::text[], $14::text[], $15::int8[], $17::uuid[], $18::int4[], $19::bool[], $20::text[]
    ) WITH ORDINALITY AS g(id, kind, version, queue, priority, delay, at, args, tags, may_exist, keys, unique_key, ttl, member_of, member_pos, waits, trace, n)
), possible AS MATERIALIZED (
    SELECT g.* FROM given g
    WHERE NOT g.may_exist OR NOT EXISTS (
        SELECT FROM {s}.history h WHERE h.id = g.id UNION ALL SELECT FROM {s}.jobs j WHERE j.id = g.id
    )
), taken AS (
    INSERT INTO {s}.uniques (key, job, expires_at)
    SELECT p.unique_key, p.id, p.now + p.ttl * interval '1 microsecond'
    FROM possible p
    WHERE p.unique_key IS NOT NULL
    ORDER BY p.unique_key, p.n
    ON CONFLICT (key) DO NOTHING
    RETURNING job
), fresh AS (
    INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, keys, member_of, member_pos, blocked_on, trace)
    SELECT p.id, p.kind, p.version, p.queue, p.priority, p.run_at, p.now, CASE WHEN p.waits THEN 2 WHEN p.run_at > p.now THEN 1 ELSE 0 END, p.args, p.tags, p.keys,
        p.member_of, p.member_pos, CASE WHEN p.waits THEN 6 END, p.trace
    FROM possible p
    WHERE p.unique_key IS NULL
        OR p.id IN (SELECT job FROM taken)
        OR EXISTS (SELECT FROM {s}.uniques u WHERE u.key = p.unique_key AND u.job = p.id)
    ORDER BY p.n
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), told AS (
    SELECT pg_notify({channel}, $12::text)
    WHERE $12::text IS NOT NULL
        AND EXISTS (SELECT FROM {s}.workers w WHERE w.asleep AND w.stopped_at IS NULL AND w.lost_at IS NULL)
)
SELECT (SELECT coalesce(array_agg(id), '{}') FROM fresh), (SELECT count(*) > 0 FROM told)
