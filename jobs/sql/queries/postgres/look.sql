-- in: $1 id uuid
-- out: stage int2, running bool, state int2, output text, reason text, error text (JSON)
SELECT j.stage, j.worker IS NOT NULL, NULL::int2, NULL::text,
    CASE j.blocked_on WHEN 1 THEN 'unknown kind' WHEN 2 THEN 'unreadable'
        WHEN 3 THEN 'its unique key is held by another job' WHEN 4 THEN 'concurrency limit' WHEN 5 THEN 'rate limit'
        WHEN 6 THEN 'an earlier job of its chain' END, NULL::text
FROM {s}.jobs j WHERE j.id = $1
UNION ALL
(
    SELECT NULL, NULL, h.state, h.output, h.reason,
        CASE WHEN h.state = 2 THEN (
            SELECT d.error FROM {s}.dead_letters d WHERE d.job_id = h.id ORDER BY d.number DESC LIMIT 1
        ) END
    FROM {s}.history h WHERE h.id = $1
    ORDER BY h.finished_at DESC LIMIT 1
)
LIMIT 1
