-- in: 1 key, 2 how many may go
-- out: id of each job that is ready again
UPDATE {p}jobs
   SET stage = 0, blocked_on = NULL, waits_for = NULL
 WHERE seq IN (
        SELECT seq FROM {p}jobs WHERE stage = 2 AND waits_for = ?1
         ORDER BY priority, run_at, seq LIMIT ?2)
RETURNING id
