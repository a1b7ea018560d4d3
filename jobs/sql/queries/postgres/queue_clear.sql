-- in: $1 now, $2 queue text, $3 at most int8, $4 retain int8 (microseconds)
-- out: id uuid, keys text, held bool, member_of uuid, member_pos int4 of each ready job that was cancelled
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), picked AS MATERIALIZED (
    SELECT j.ctid AS place FROM {s}.jobs j
    WHERE j.queue = $2 AND j.stage = 0 AND j.worker IS NULL
    ORDER BY j.priority, j.run_at, j.seq LIMIT $3
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM {s}.jobs j WHERE j.ctid = ANY (ARRAY(SELECT place FROM picked)) AND j.worker IS NULL RETURNING *
), asked AS (
    DELETE FROM {s}.cancels c USING gone o WHERE c.job_id = o.id
), kept AS (
INSERT INTO {s}.history (id, fence, run_at, enqueued_at, finished_at, expires_on, kind, version,
    attempt, runs, crashes, priority, state, queue, args, tags, counters, progress, reason, member_of, member_pos)
SELECT o.id, o.fence, o.run_at, o.enqueued_at, clock.now,
    ((clock.now + $4 * interval '1 microsecond') AT TIME ZONE 'UTC')::date, o.kind, o.version,
    o.attempt, o.runs, o.crashes, o.priority, 3, o.queue, o.args, o.tags, o.counters, o.progress, 'the queue was cleared', o.member_of, o.member_pos
FROM gone o, clock
)
SELECT id, keys, held, member_of, member_pos FROM gone
