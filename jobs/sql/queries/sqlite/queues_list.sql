-- in: nothing
-- out: name, paused
SELECT name, paused FROM {p}queues ORDER BY name
