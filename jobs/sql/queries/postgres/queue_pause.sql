-- in: $1 name text, $2 paused bool, $3 by whom text
-- out: nothing
INSERT INTO {s}.queues AS q (name, paused, paused_by, paused_at)
VALUES ($1, $2, CASE WHEN $2 THEN $3 END, CASE WHEN $2 THEN clock_timestamp() END)
ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, paused_by = excluded.paused_by, paused_at = excluded.paused_at
WHERE q.paused <> excluded.paused
