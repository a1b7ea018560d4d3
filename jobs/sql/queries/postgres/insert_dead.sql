-- in: $1 now, $2 ids uuid[], $3 kinds int4[], $4 versions int4[], $5 queues text[], $6 priorities int2[], $7 args text[], $8 tags text[], $9 keys text[], $10 error type text, $11 messages text[], $12 errors text[], $13 retain int8 (microseconds), $14 groups uuid[], $15 places int4[]
-- out: nothing
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), given AS MATERIALIZED (
    SELECT * FROM clock, unnest(
        $2::uuid[], $3::int4[], $4::int4[], $5::text[], $6::int2[], $7::text[], $8::text[], $9::text[], $11::text[], $12::text[], $14::uuid[], $15::int4[]
    ) AS g(id, kind, version, queue, priority, args, tags, keys, message, error, member_of, member_pos)
), kept AS (
    INSERT INTO {s}.history (id, fence, run_at, enqueued_at, finished_at, expires_on, kind, version,
        attempt, runs, crashes, priority, state, queue, args, tags, member_of, member_pos)
    SELECT g.id, 0, g.now, g.now, g.now, ((g.now + $13 * interval '1 microsecond') AT TIME ZONE 'UTC')::date, g.kind, g.version,
        0, 0, 0, g.priority, 2, g.queue, g.args, g.tags, g.member_of, g.member_pos
    FROM given g
)
INSERT INTO {s}.dead_letters (job_id, kind, queue, error_type, message, chain, error, died_at, keys)
SELECT g.id, g.kind, g.queue, $10, g.message, '', g.error, g.now, g.keys FROM given g
