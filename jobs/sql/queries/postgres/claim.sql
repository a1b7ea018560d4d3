-- in: $1 now, $2 worker uuid, $3 queues text[], $4 how many from each int4[], $5 ticket int8, $6 priorities int2[], $7 due times timestamptz[] (NULL is the first), $8 numbers int8[] of the places behind which to look
-- out: seq int8, then the columns of a claimed job
-- A claim that a crash of the database forgets is simply claimed again, so its commit need not wait for the disk.
-- The LIMITs stand behind a fence: joined directly, the planner may run them more than once.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now, set_config('synchronous_commit', 'off', true)
), takes AS MATERIALIZED (
    SELECT t.queue, t.take, t.priority, coalesce(t.run_at, '-infinity') AS run_at, t.seq
    FROM unnest($3::text[], $4::int4[], $6::int2[], $7::timestamptz[], $8::int8[]) AS t(queue, take, priority, run_at, seq)
    WHERE NOT EXISTS (SELECT FROM {s}.queues q WHERE q.name = t.queue AND q.paused)
        AND NOT EXISTS (SELECT FROM {s}.workers w WHERE w.id = $2 AND w.lost_at IS NOT NULL)
), picked AS MATERIALIZED (
    SELECT ready.place
    FROM takes
    CROSS JOIN LATERAL (
        SELECT j.ctid AS place
        FROM {s}.jobs j
        WHERE j.queue = takes.queue AND j.stage = 0 AND j.worker IS NULL
            AND (j.priority, j.run_at, j.seq) > (takes.priority, takes.run_at, takes.seq)
        ORDER BY j.priority, j.run_at, j.seq
        LIMIT takes.take
        FOR UPDATE SKIP LOCKED
    ) ready
)
UPDATE {s}.jobs j
SET worker = $2, fence = j.fence + 1, claimed_at = (SELECT now FROM clock), ticket = $5
WHERE j.ctid = ANY (ARRAY(SELECT place FROM picked)) AND j.worker IS NULL
RETURNING j.seq, j.id, j.worker, j.fence, j.kind, j.version, j.queue, j.priority, j.run_at, j.enqueued_at, j.claimed_at,
    j.attempt, j.runs, j.crashes, j.counters, j.args, j.tags, j.keys, j.member_of, j.member_pos, j.trace
