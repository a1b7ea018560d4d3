-- in: $1 now, $2 limit int8
-- out: moved int8, microseconds until the next is due int8, whether a rate's window is open bool
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), due AS MATERIALIZED (
    SELECT j.ctid AS place FROM {s}.jobs j
    WHERE j.stage = 1 AND j.run_at <= (SELECT now FROM clock)
    ORDER BY j.run_at LIMIT $2 FOR UPDATE SKIP LOCKED
), waited AS MATERIALIZED (
    SELECT j.ctid AS place FROM {s}.jobs j
    WHERE j.stage = 2 AND j.blocked_on = 2 AND j.blocked_until <= (SELECT now FROM clock)
    ORDER BY j.blocked_until LIMIT $2 FOR UPDATE SKIP LOCKED
), parked AS MATERIALIZED (
    SELECT j.ctid AS place FROM {s}.jobs j
    WHERE j.stage = 3 AND j.blocked_until <= (SELECT now FROM clock)
    ORDER BY j.blocked_until LIMIT $2 FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE {s}.jobs j SET stage = 0, blocked_on = NULL, blocked_until = NULL, waits_for = NULL
    WHERE j.ctid = ANY (ARRAY(SELECT place FROM due UNION ALL SELECT place FROM waited UNION ALL SELECT place FROM parked LIMIT $2))
    RETURNING 1
), next AS (
    SELECT least(
        (SELECT j.run_at FROM {s}.jobs j WHERE j.stage = 1 AND j.run_at > (SELECT now FROM clock) ORDER BY j.run_at LIMIT 1),
        (SELECT j.blocked_until FROM {s}.jobs j
            WHERE j.stage = 2 AND j.blocked_on = 2 AND j.blocked_until > (SELECT now FROM clock) ORDER BY j.blocked_until LIMIT 1),
        (SELECT j.blocked_until FROM {s}.jobs j
            WHERE j.stage = 3 AND j.blocked_until > (SELECT now FROM clock) ORDER BY j.blocked_until LIMIT 1),
        (SELECT l.opens_at FROM {s}.limits l WHERE l.opens_at IS NOT NULL ORDER BY l.opens_at LIMIT 1)
    ) AS at
), done AS (
    SELECT count(*) AS moved FROM moved
)
SELECT done.moved,
    CASE WHEN done.moved >= $2 THEN 0
        ELSE ceil(extract(epoch FROM next.at - clock.now) * 1000000)::int8 END,
    EXISTS (SELECT FROM {s}.limits l WHERE l.opens_at <= clock.now)
FROM done, next, clock
