-- in: $1 now, $2 queues text[]
-- out: queue text, for how many microseconds the oldest of its ready jobs has been due int8; of those that have any
-- Priority by priority, each by the head of the claim index: of the ready rows none but these are read.
WITH RECURSIVE levels (queue, priority) AS (
    SELECT asked.queue, first.priority
    FROM unnest($2::text[]) AS asked(queue)
    CROSS JOIN LATERAL (
        SELECT j.priority FROM {s}.jobs j WHERE j.queue = asked.queue AND j.stage = 0 ORDER BY j.priority LIMIT 1
    ) first
    UNION ALL
    SELECT levels.queue, next.priority
    FROM levels
    CROSS JOIN LATERAL (
        SELECT j.priority FROM {s}.jobs j
        WHERE j.queue = levels.queue AND j.stage = 0 AND j.priority > levels.priority
        ORDER BY j.priority LIMIT 1
    ) next
)
SELECT levels.queue, (extract(epoch FROM coalesce($1::timestamptz, clock_timestamp()) - min(oldest.run_at)) * 1000000)::int8
FROM levels
CROSS JOIN LATERAL (
    SELECT j.run_at FROM {s}.jobs j
    WHERE j.queue = levels.queue AND j.stage = 0 AND j.priority = levels.priority AND j.worker IS NULL
    ORDER BY j.run_at LIMIT 1
) oldest
GROUP BY levels.queue
