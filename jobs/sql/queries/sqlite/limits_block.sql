-- in: 1 rows (JSON array of [id as hex, key, reason])
-- out: nothing
UPDATE {p}jobs AS j
   SET worker = NULL, claimed_at = NULL, stage = 2, blocked_on = e.value ->> '$[2]', waits_for = e.value ->> '$[1]'
  FROM json_each(?1) AS e
 WHERE j.id = unhex(e.value ->> '$[0]')
