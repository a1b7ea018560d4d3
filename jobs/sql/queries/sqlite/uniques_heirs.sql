-- in: 1 keys (JSON array), 2 now
-- out: key, id of the first job that is blocked for it and now has it
UPDATE {p}jobs AS j
   SET stage = j.run_at > ?2, blocked_on = NULL, waits_for = NULL
 WHERE j.seq IN (
        SELECT (SELECT w.seq FROM {p}jobs AS w
                 WHERE w.stage = 2 AND w.waits_for = e.value
                 ORDER BY w.priority, w.run_at, w.seq LIMIT 1)
          FROM json_each(?1) AS e)
RETURNING keys ->> '$.u.k', id
