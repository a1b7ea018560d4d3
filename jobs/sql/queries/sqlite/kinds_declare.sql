-- in: 1 kinds (JSON array of [name, queue, priority, version, tags, redact])
-- out: nothing
INSERT INTO {p}kinds (name, queue, priority, version, tags, redact)
SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (name) DO UPDATE
   SET queue = excluded.queue, priority = excluded.priority, version = excluded.version, tags = excluded.tags,
       redact = excluded.redact
 WHERE (queue, priority, version, tags, redact)
       IS NOT (excluded.queue, excluded.priority, excluded.version, excluded.tags, excluded.redact)
