-- in: 1 id
-- out: state of a finished one, stage, whether it runs, output, reason, blocked_on, error of its last letter
SELECT NULL, stage, worker IS NOT NULL, NULL, NULL, blocked_on, NULL
  FROM {p}jobs WHERE id = ?1
UNION ALL
SELECT state, NULL, 0, output, reason, NULL,
       (SELECT error FROM {p}dead_letters WHERE job_id = ?1 AND state = 3 ORDER BY number DESC LIMIT 1)
  FROM {p}history WHERE id = ?1
LIMIT 1
