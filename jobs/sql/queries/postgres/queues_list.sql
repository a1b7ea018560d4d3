-- in: nothing
-- out: name text, paused bool
SELECT name, paused FROM {s}.queues ORDER BY name
