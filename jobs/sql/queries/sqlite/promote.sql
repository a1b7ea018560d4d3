-- in: 1 now, 2 at most
-- out: nothing
UPDATE {p}jobs
   SET stage = 0, blocked_on = NULL, blocked_until = NULL, waits_for = NULL
 WHERE seq IN (
        SELECT seq FROM (
            SELECT seq, run_at AS due FROM {p}jobs WHERE stage = 1 AND run_at <= ?1
            UNION ALL
            SELECT seq, blocked_until FROM {p}jobs WHERE stage = 2 AND blocked_until IS NOT NULL AND blocked_until <= ?1
            UNION ALL
            SELECT seq, blocked_until FROM {p}jobs WHERE stage = 3 AND blocked_until IS NOT NULL AND blocked_until <= ?1)
         ORDER BY due
         LIMIT ?2)
