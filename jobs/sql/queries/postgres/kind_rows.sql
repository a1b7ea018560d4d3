-- in: nothing
-- out: id int4, name text, queue text, priority int2, version int4, tags text, redact text, whether it is unique bool, args text
SELECT id, name, queue, priority, version, tags, redact, unique_by IS NOT NULL, args FROM {s}.kinds ORDER BY name
