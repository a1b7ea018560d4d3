-- in: 1 worker, 2 names (JSON array)
-- out: nothing
INSERT INTO {p}recurring_workers (worker, task)
SELECT ?1, value FROM json_each(?2) WHERE true
ON CONFLICT DO NOTHING
