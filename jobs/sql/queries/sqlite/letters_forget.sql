-- in: 1 ids of jobs (JSON array of hex)
-- out: nothing
DELETE FROM {p}dead_letters WHERE job_id IN (SELECT unhex(value) FROM json_each(?1))
