-- in: 1 key, 2 how many may go, 3 now
-- out: id of each job that is ready again; one whose key takes turns stands behind those of other keys
UPDATE {p}jobs
   SET stage = 0, blocked_on = NULL, waits_for = NULL, run_at = iif(instr(keys, '"f":true') > 0, max(run_at, ?3), run_at)
 WHERE seq IN (
        SELECT seq FROM {p}jobs WHERE stage = 2 AND waits_for = ?1
         ORDER BY priority, run_at, seq LIMIT ?2)
RETURNING id
