-- in: 1 job
-- out: kind, name, number, value, until
SELECT kind, name, number, value, until FROM {p}checkpoints WHERE job_id = ?1
