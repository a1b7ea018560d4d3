-- in: $1 at most int8
-- out: queue text, stage int2, count int8, whether the counting of the stage stopped bool
WITH found AS MATERIALIZED (
    (SELECT j.queue, j.stage FROM {s}.jobs j WHERE j.stage = 1 LIMIT $1)
    UNION ALL
    (SELECT j.queue, j.stage FROM {s}.jobs j WHERE j.stage = 2 LIMIT $1)
    UNION ALL
    (SELECT j.queue, j.stage FROM {s}.jobs j WHERE j.stage = 3 LIMIT $1)
), stopped AS (
    SELECT stage FROM found GROUP BY stage HAVING count(*) >= $1
)
SELECT s.queue, s.stage, count(*), s.stage IN (SELECT stage FROM stopped)
FROM found s GROUP BY s.queue, s.stage ORDER BY s.queue, s.stage
