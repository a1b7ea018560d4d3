-- in: 1 rows (JSON array of [id as hex, key, reason])
-- out: nothing
UPDATE {p}jobs AS j
   SET worker = NULL, claimed_at = NULL, stage = 2, blocked_on = e.value ->> '$[2]', waits_for = e.value ->> '$[1]',
       run_at = iif(instr(keys, '"f":true') > 0, min(run_at, enqueued_at), run_at)
  FROM json_each(?1) AS e
 WHERE j.id = unhex(e.value ->> '$[0]')
