-- in: 1 id, 2 how long its record is to stay (a negative number keeps none)
-- out: nothing
INSERT INTO {p}cancels (job_id, retain) VALUES (?1, ?2) ON CONFLICT DO NOTHING
