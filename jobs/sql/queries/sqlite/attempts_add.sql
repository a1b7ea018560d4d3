-- in: 1 rows (JSON array of [id, worker, fence, started_at or NULL for the claim's time, ended_at, error, logs])
-- out: nothing
INSERT INTO {p}attempts (job_id, number, started_at, ended_at, worker, error, logs)
SELECT j.id, j.runs + 1, coalesce(e.value ->> '$[3]', j.claimed_at), e.value ->> '$[4]', j.worker, e.value ->> '$[5]', e.value ->> '$[6]'
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value ->> '$[0]')
 WHERE j.worker = unhex(e.value ->> '$[1]') AND j.fence = e.value ->> '$[2]'
ON CONFLICT DO NOTHING
