-- in: $1 how far to look in each queue int8
-- out: id uuid of each running job
-- Running jobs stand at the head of the claim index, and no index may name the worker.
WITH RECURSIVE names (queue) AS (
    (SELECT j.queue FROM {s}.jobs j WHERE j.stage = 0 ORDER BY j.queue LIMIT 1)
    UNION ALL
    SELECT (SELECT j.queue FROM {s}.jobs j WHERE j.stage = 0 AND j.queue > names.queue ORDER BY j.queue LIMIT 1)
    FROM names WHERE names.queue IS NOT NULL
)
SELECT j.id
FROM (SELECT queue FROM names WHERE queue IS NOT NULL LIMIT 1000) n
CROSS JOIN LATERAL (
    SELECT j.id, j.worker FROM {s}.jobs j WHERE j.stage = 0 AND j.queue = n.queue
    ORDER BY j.priority, j.run_at, j.seq LIMIT $1
) j
WHERE j.worker IS NOT NULL
