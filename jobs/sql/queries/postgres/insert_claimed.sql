-- in: $1 now, $2 ids uuid[], $3 kinds int4[], $4 versions int4[], $5 priorities int2[], $6 args text[], $7 tags text[], $8 traces text[], $9 queue text, $10 worker uuid, $11 ticket int8
-- out: now timestamptz, whether they are claimed bool
-- New jobs of one queue that are due at once, in the hands of a worker with free slots from the first.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), taker AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM {s}.workers w WHERE w.id = $10 AND w.lost_at IS NULL AND w.stopped_at IS NULL)
        AND NOT EXISTS (SELECT FROM {s}.queues q WHERE q.name = $9 AND q.paused) AS takes
), fresh AS (
    INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, trace, worker, fence, claimed_at, ticket)
    SELECT g.id, g.kind, g.version, $9, g.priority, clock.now, clock.now, 0, g.args, g.tags, g.trace,
        CASE WHEN taker.takes THEN $10::uuid END, taker.takes::int, CASE WHEN taker.takes THEN clock.now END,
        CASE WHEN taker.takes THEN $11::int8 END
    FROM clock, taker, unnest($2::uuid[], $3::int4[], $4::int4[], $5::int2[], $6::text[], $7::text[], $8::text[])
        WITH ORDINALITY AS g(id, kind, version, priority, args, tags, trace, n)
    ORDER BY g.n
)
SELECT clock.now, taker.takes FROM clock, taker
