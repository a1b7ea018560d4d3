-- in: 1 queues (JSON array)
-- out: queue, since when the oldest of its ready jobs has been due; of those that have any
-- Priority by priority, each by the head of the claim index: no ready row is read.
WITH RECURSIVE levels (queue, priority) AS (
    SELECT value, (SELECT min(j.priority) FROM {p}jobs j WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = value)
      FROM json_each(?1)
    UNION ALL
    SELECT queue, (SELECT min(j.priority) FROM {p}jobs j
                    WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = levels.queue AND j.priority > levels.priority)
      FROM levels WHERE levels.priority IS NOT NULL
)
SELECT queue, min((SELECT min(j.run_at) FROM {p}jobs j
                    WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = levels.queue AND j.priority = levels.priority))
  FROM levels
 WHERE levels.priority IS NOT NULL
 GROUP BY queue
