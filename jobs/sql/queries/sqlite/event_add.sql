-- in: 1 job, 2 name, 3 value, 4 now
-- out: nothing; a row was added if the job has not ended
INSERT INTO {p}events (job_id, name, value, sent_at)
SELECT id, ?2, ?3, ?4 FROM {p}jobs WHERE id = ?1
