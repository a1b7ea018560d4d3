-- in: nothing
-- out: id, name, queue, priority, version, tags, redact, args
SELECT id, name, queue, priority, version, tags, redact, args FROM {p}kinds ORDER BY name
