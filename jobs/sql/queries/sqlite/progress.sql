-- in: 1 rows (JSON array of [id, worker, fence, progress])
-- out: nothing
UPDATE {p}jobs AS j
   SET progress = e.value ->> '$[3]'
  FROM json_each(?1) AS e
 WHERE j.id = unhex(e.value ->> '$[0]') AND j.worker = unhex(e.value ->> '$[1]') AND j.fence = e.value ->> '$[2]'
