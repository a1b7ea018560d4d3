-- in: $1 id uuid
-- out: nothing
INSERT INTO {s}.cancels (job_id) VALUES ($1) ON CONFLICT DO NOTHING
