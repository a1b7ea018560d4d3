-- in: nothing
-- out: id, name, queue, priority, version, tags, redact
SELECT id, name, queue, priority, version, tags, redact FROM {p}kinds ORDER BY name
