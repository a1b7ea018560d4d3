-- in: $1 job ids uuid[]
-- out: job id uuid, number int4, started, ended, worker uuid, error text (JSON), logs text
SELECT job_id, number, started_at, ended_at, worker, error, logs FROM {s}.attempts WHERE job_id = ANY ($1) ORDER BY job_id, number
