-- in: $1 now, $2 keys text[], $3 jobs uuid[]
-- out: queue text of each job that is no longer blocked
-- As uniques_free.sql, for keys that blocked jobs may wait for: the first of them has the key then.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), mine AS MATERIALIZED (
    SELECT u.key FROM {s}.uniques u JOIN unnest($2::text[], $3::uuid[]) AS g(key, job) ON u.key = g.key AND u.job = g.job
    ORDER BY u.key FOR UPDATE OF u
), heirs AS MATERIALIZED (
    SELECT m.key, w.id, w.place
    FROM mine m CROSS JOIN LATERAL (
        SELECT j.id, j.ctid AS place FROM {s}.jobs j
        WHERE j.stage = 2 AND j.waits_for = m.key
        ORDER BY j.priority, j.run_at, j.seq LIMIT 1 FOR UPDATE SKIP LOCKED
    ) w
), passed AS (
    UPDATE {s}.uniques u SET job = h.id, expires_at = NULL FROM heirs h WHERE u.key = h.key
), freed AS (
    DELETE FROM {s}.uniques u WHERE u.key = ANY (ARRAY(SELECT key FROM mine EXCEPT SELECT key FROM heirs))
)
UPDATE {s}.jobs j
SET stage = CASE WHEN j.run_at > (SELECT now FROM clock) THEN 1 ELSE 0 END, blocked_on = NULL, waits_for = NULL
WHERE j.ctid = ANY (ARRAY(SELECT place FROM heirs))
RETURNING j.queue
