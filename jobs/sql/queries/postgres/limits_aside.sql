-- in: $1 queues text[], $2 full keys text[] whose rows are locked, $3 reasons int2[], $4 limit int8
-- out: nothing; the number of rows counts
-- The next ready jobs that would find the same keys full are blocked without being claimed one by one: those that take
-- nothing else, for a slot that another may have been woken for must be passed on.
-- A key that takes turns has its line in the order of enqueuing: what went on for a turn comes back to its place.
WITH near AS MATERIALIZED (
    SELECT ready.place, f.key, f.reason
    FROM unnest($1::text[]) AS q(queue)
    CROSS JOIN LATERAL (
        SELECT j.ctid AS place, j.keys FROM {s}.jobs j
        WHERE j.queue = q.queue AND j.stage = 0 AND j.worker IS NULL
        ORDER BY j.priority, j.run_at, j.seq LIMIT $4 FOR UPDATE SKIP LOCKED
    ) ready
    CROSS JOIN LATERAL (
        SELECT f.key, f.reason FROM unnest($2::text[], $3::int2[]) AS f(key, reason)
        WHERE strpos(ready.keys, f.key) > 0 AND strpos(ready.keys, '"d":true') = 0
            AND jsonb_array_length(coalesce(ready.keys::jsonb -> 's', '[]')) + (ready.keys::jsonb ? 'r')::int = 1
        LIMIT 1
    ) f
    WHERE ready.keys IS NOT NULL
)
UPDATE {s}.jobs j SET stage = 2, blocked_on = n.reason, waits_for = n.key,
    run_at = CASE WHEN strpos(j.keys, '"f":true') > 0 THEN least(j.run_at, j.enqueued_at) ELSE j.run_at END
FROM near n WHERE j.ctid = n.place
