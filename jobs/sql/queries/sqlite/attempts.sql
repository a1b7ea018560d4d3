-- in: 1 ids (JSON array of hex)
-- out: job_id, number, started_at, ended_at, worker, error, logs
SELECT a.job_id, a.number, a.started_at, a.ended_at, a.worker, a.error, a.logs
  FROM json_each(?1) AS e
 CROSS JOIN {p}attempts AS a ON a.job_id = unhex(e.value)
 ORDER BY a.job_id, a.number
