-- in: $1 now, $2 ids uuid[], $3 retain int8 (microseconds), $4 state int2, $5 reason text
-- out: id uuid, keys text, held bool, member_of uuid, member_pos int4 of each that was ended
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), picked AS MATERIALIZED (
    SELECT j.id FROM {s}.jobs j WHERE j.id = ANY ($2) AND j.worker IS NULL ORDER BY j.id FOR UPDATE
), gone AS (
    DELETE FROM {s}.jobs j USING picked p WHERE j.id = p.id AND j.worker IS NULL RETURNING j.*
), asked AS (
    DELETE FROM {s}.cancels c USING gone o WHERE c.job_id = o.id
), kept AS (
INSERT INTO {s}.history (id, fence, run_at, enqueued_at, finished_at, expires_on, kind, version,
    attempt, runs, crashes, priority, state, queue, args, tags, counters, progress, reason, member_of, member_pos)
SELECT o.id, o.fence, o.run_at, o.enqueued_at, clock.now,
    ((clock.now + $3 * interval '1 microsecond') AT TIME ZONE 'UTC')::date, o.kind, o.version,
    o.attempt, o.runs, o.crashes, o.priority, $4, o.queue, o.args, o.tags, o.counters, o.progress, $5, o.member_of, o.member_pos
FROM gone o, clock
)
SELECT id, keys, held, member_of, member_pos FROM gone
