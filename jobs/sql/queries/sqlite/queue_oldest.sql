-- in: 1 queue
-- out: since when the oldest of its ready jobs has been due, or NULL
-- Priority by priority, each by the head of the claim index: no ready row is read.
WITH RECURSIVE levels (priority) AS (
    SELECT min(priority) FROM {p}jobs WHERE stage = 0 AND worker IS NULL AND queue = ?1
    UNION ALL
    SELECT (SELECT min(j.priority) FROM {p}jobs j
             WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = ?1 AND j.priority > levels.priority)
      FROM levels WHERE levels.priority IS NOT NULL
)
SELECT min((SELECT min(j.run_at) FROM {p}jobs j
             WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = ?1 AND j.priority = levels.priority))
  FROM levels
 WHERE levels.priority IS NOT NULL
