-- in: $1 name text, $2 paused bool
-- out: nothing
INSERT INTO {s}.queues AS q (name, paused) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET paused = excluded.paused WHERE q.paused <> excluded.paused
