-- in: 1 kinds (JSON array of [name, queue, priority, version, tags])
-- out: nothing
INSERT INTO {p}kinds (name, queue, priority, version, tags)
SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (name) DO UPDATE
   SET queue = excluded.queue, priority = excluded.priority, version = excluded.version, tags = excluded.tags
 WHERE (queue, priority, version, tags) IS NOT (excluded.queue, excluded.priority, excluded.version, excluded.tags)
