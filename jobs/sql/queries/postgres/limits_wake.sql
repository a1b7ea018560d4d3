-- in: $1 keys text[], $2 how many may go int8[], $3 now
-- out: key text of each job that is ready again; one whose key takes turns stands behind those of other keys
WITH next AS MATERIALIZED (
    SELECT w.place
    FROM unnest($1::text[], $2::int8[]) AS g(key, n)
    CROSS JOIN LATERAL (
        SELECT j.ctid AS place FROM {s}.jobs j
        WHERE j.stage = 2 AND j.waits_for = g.key
        ORDER BY j.priority, j.run_at, j.seq LIMIT g.n FOR UPDATE SKIP LOCKED
    ) w
), before AS MATERIALIZED (
    SELECT j.id, j.waits_for FROM {s}.jobs j WHERE j.ctid = ANY (ARRAY(SELECT place FROM next))
), woken AS (
    UPDATE {s}.jobs j SET stage = 0, blocked_on = NULL, waits_for = NULL,
        run_at = CASE WHEN strpos(j.keys, '"f":true') > 0
            THEN greatest(j.run_at, coalesce($3::timestamptz, clock_timestamp())) ELSE j.run_at END
    WHERE j.ctid = ANY (ARRAY(SELECT place FROM next))
    RETURNING j.id
)
SELECT b.waits_for FROM before b JOIN woken w ON w.id = b.id
