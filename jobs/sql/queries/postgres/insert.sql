-- in: $1 now, $2 ids uuid[], $3 kinds int4[], $4 versions int4[], $5 queues text[], $6 priorities int2[], $7 delays int8[] (microseconds), $8 times timestamptz[], $9 args text[], $10 tags text[], $11 may exist bool[], $12 what to tell sleeping workers text, $13 groups uuid[], $14 traces text[]
-- out: the ids that are new uuid[], NULL if all are; whether sleepers were told bool
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), given AS MATERIALIZED (
    SELECT g.*, coalesce(g.at, clock.now + coalesce(g.delay, 0) * interval '1 microsecond') AS run_at, clock.now
    FROM clock, unnest(
        $2::uuid[], $3::int4[], $4::int4[], $5::text[], $6::int2[], $7::int8[], $8::timestamptz[], $9::text[], $10::text[], $11::bool[], $13::uuid[], $14::text[]
    ) WITH ORDINALITY AS g(id, kind, version, queue, priority, delay, at, args, tags, may_exist, member_of, trace, n)
), fresh AS (
    INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, member_of, trace)
    SELECT g.id, g.kind, g.version, g.queue, g.priority, g.run_at, g.now, CASE WHEN g.run_at > g.now THEN 1 ELSE 0 END, g.args, g.tags, g.member_of, g.trace
    FROM given g
    WHERE NOT g.may_exist OR NOT EXISTS (SELECT FROM {s}.history h WHERE h.id = g.id)
    ORDER BY g.n
    ON CONFLICT (id) DO NOTHING
    RETURNING id
), told AS (
    SELECT pg_notify({channel}, $12::text)
    WHERE $12::text IS NOT NULL
        AND EXISTS (SELECT FROM {s}.workers w WHERE w.asleep AND w.stopped_at IS NULL AND w.lost_at IS NULL)
)
SELECT
    (SELECT CASE WHEN count(*) < cardinality($2::uuid[]) THEN coalesce(array_agg(id), '{}') END FROM fresh),
    (SELECT count(*) > 0 FROM told)
