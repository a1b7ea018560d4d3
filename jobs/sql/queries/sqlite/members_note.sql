-- in: 1 changes (JSON array of [job as hex, state, output])
-- out: group_id, job of each place that the job has for another one
UPDATE {p}members AS m
   SET state = e.value ->> '$[1]', output = e.value ->> '$[2]'
  FROM json_each(?1) AS e
 WHERE m.job = unhex(e.value ->> '$[0]')
RETURNING group_id, job, own
