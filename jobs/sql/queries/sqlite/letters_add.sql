-- in: 1 rows (JSON array of [id, worker, fence, died_at, error_type, message, search, error])
-- out: nothing
INSERT INTO {p}dead_letters (job_id, kind, queue, error_type, message, search, error, died_at, keys)
SELECT j.id, j.kind, j.queue, e.value ->> '$[4]', e.value ->> '$[5]', e.value ->> '$[6]', e.value ->> '$[7]',
       e.value ->> '$[3]', j.keys
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value ->> '$[0]')
 WHERE j.worker = unhex(e.value ->> '$[1]') AND j.fence = e.value ->> '$[2]'
