-- in: 1 kinds (JSON array of [name, queue, priority, version, tags, redact, args])
-- out: nothing
INSERT INTO {p}kinds (name, queue, priority, version, tags, redact, args)
SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', value ->> '$[6]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (name) DO UPDATE
   SET queue = excluded.queue, priority = excluded.priority, version = excluded.version, tags = excluded.tags,
       redact = excluded.redact, args = excluded.args
 WHERE (queue, priority, version, tags, redact, args)
       IS NOT (excluded.queue, excluded.priority, excluded.version, excluded.tags, excluded.redact, excluded.args)
