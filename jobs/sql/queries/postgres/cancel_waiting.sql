-- in: $1 now, $2 id uuid, $3 retain int8 (microseconds) or NULL for no record
-- out: nothing
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), gone AS (
    DELETE FROM {s}.jobs WHERE id = $2 AND worker IS NULL RETURNING *
), asked AS (
    DELETE FROM {s}.cancels WHERE job_id = $2
), attempts AS (
    DELETE FROM {s}.attempts WHERE job_id = $2 AND $3::int8 IS NULL
), checkpoints AS (
    DELETE FROM {s}.checkpoints WHERE job_id = $2 AND $3::int8 IS NULL
), events AS (
    DELETE FROM {s}.events WHERE job_id = $2 AND $3::int8 IS NULL
)
INSERT INTO {s}.history (id, fence, run_at, enqueued_at, finished_at, expires_on, kind, version,
    attempt, runs, crashes, priority, state, queue, args, tags, counters, progress, member_of, member_pos)
SELECT o.id, o.fence, o.run_at, o.enqueued_at, clock.now,
    ((clock.now + $3::int8 * interval '1 microsecond') AT TIME ZONE 'UTC')::date, o.kind, o.version,
    o.attempt, o.runs, o.crashes, o.priority, 3, o.queue, o.args, o.tags, o.counters, o.progress, o.member_of, o.member_pos
FROM gone o, clock
WHERE $3::int8 IS NOT NULL
