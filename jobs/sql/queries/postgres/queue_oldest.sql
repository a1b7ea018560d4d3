-- in: $1 now, $2 queue text
-- out: for how many microseconds the oldest of its ready jobs has been due int8, or NULL
-- Priority by priority, each by the head of the claim index: of the ready rows none but these are read.
WITH RECURSIVE levels (priority) AS (
    (SELECT j.priority FROM {s}.jobs j WHERE j.queue = $2 AND j.stage = 0 ORDER BY j.priority LIMIT 1)
    UNION ALL
    SELECT next.priority
    FROM levels
    CROSS JOIN LATERAL (
        SELECT j.priority FROM {s}.jobs j
        WHERE j.queue = $2 AND j.stage = 0 AND j.priority > levels.priority
        ORDER BY j.priority LIMIT 1
    ) next
)
SELECT (extract(epoch FROM coalesce($1::timestamptz, clock_timestamp()) - min(oldest.run_at)) * 1000000)::int8
FROM levels
CROSS JOIN LATERAL (
    SELECT j.run_at FROM {s}.jobs j
    WHERE j.queue = $2 AND j.stage = 0 AND j.priority = levels.priority AND j.worker IS NULL
    ORDER BY j.run_at LIMIT 1
) oldest
