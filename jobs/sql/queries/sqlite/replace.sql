-- in: 1 rows (JSON array of [id as hex, version, args or NULL to keep arguments and keys, keys, run_at, stage])
-- out: nothing; jobs that run stay as they are
UPDATE {p}jobs AS j
   SET run_at = e.value ->> '$[4]', stage = e.value ->> '$[5]', blocked_on = NULL, blocked_until = NULL, waits_for = NULL,
       version = iif(e.value ->> '$[2]' IS NULL, j.version, e.value ->> '$[1]'),
       keys = iif(e.value ->> '$[2]' IS NULL, j.keys, e.value ->> '$[3]'),
       args = coalesce(e.value ->> '$[2]', j.args)
  FROM json_each(?1) AS e
 WHERE j.id = unhex(e.value ->> '$[0]') AND j.worker IS NULL AND (j.stage IN (0, 1) OR j.blocked_on IN (4, 5))
