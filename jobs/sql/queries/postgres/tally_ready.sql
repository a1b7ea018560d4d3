-- in: $1 at most int8
-- out: queue text, ready int8, running int8, whether there are more bool
WITH RECURSIVE names (queue) AS (
    (SELECT j.queue FROM {s}.jobs j WHERE j.stage = 0 ORDER BY j.queue LIMIT 1)
    UNION ALL
    SELECT (SELECT j.queue FROM {s}.jobs j WHERE j.stage = 0 AND j.queue > names.queue ORDER BY j.queue LIMIT 1)
    FROM names WHERE names.queue IS NOT NULL
)
SELECT n.queue, count(*) FILTER (WHERE j.worker IS NULL), count(*) FILTER (WHERE j.worker IS NOT NULL), count(*) >= $1
FROM (SELECT queue FROM names WHERE queue IS NOT NULL LIMIT 1000) n
CROSS JOIN LATERAL (
    SELECT j.worker FROM {s}.jobs j WHERE j.stage = 0 AND j.queue = n.queue
    ORDER BY j.priority, j.run_at, j.seq LIMIT $1
) j
GROUP BY n.queue ORDER BY n.queue
