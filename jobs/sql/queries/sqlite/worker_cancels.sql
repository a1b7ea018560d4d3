-- in: 1 worker
-- out: id of a running job that is to end
SELECT j.id
  FROM {p}cancels AS c
 CROSS JOIN {p}jobs AS j ON j.id = c.job_id
 WHERE j.worker = ?1
