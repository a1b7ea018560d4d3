-- in: $1 worker uuid, $2 names text[]
-- out: nothing
INSERT INTO {s}.recurring_workers (worker, task)
SELECT $1, name FROM unnest($2::text[]) AS g(name)
ON CONFLICT DO NOTHING
