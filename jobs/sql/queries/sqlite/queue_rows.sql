-- in: nothing
-- out: name, paused, paused_by, paused_at
SELECT name, paused, paused_by, paused_at FROM {p}queues ORDER BY name
