-- in: nothing
-- out: name text, paused bool, paused by text, paused at
SELECT name, paused, paused_by, paused_at FROM {s}.queues ORDER BY name
