-- in: 1 rows (JSON array of [id as hex, key])
-- out: nothing
UPDATE {p}jobs AS j
   SET stage = 2, blocked_on = 3, waits_for = e.value ->> '$[1]'
  FROM json_each(?1) AS e
 WHERE j.id = unhex(e.value ->> '$[0]') AND j.worker IS NULL AND j.stage IN (0, 1)
