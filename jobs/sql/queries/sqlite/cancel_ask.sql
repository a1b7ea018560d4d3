-- in: 1 id
-- out: nothing
INSERT INTO {p}cancels (job_id) VALUES (?1) ON CONFLICT DO NOTHING
