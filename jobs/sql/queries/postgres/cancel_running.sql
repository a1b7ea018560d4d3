-- in: $1 id uuid, $2 how long its record is to stay int8 (microseconds; a negative number keeps none)
-- out: nothing
INSERT INTO {s}.cancels (job_id, retain) VALUES ($1, $2) ON CONFLICT DO NOTHING
