-- in: 1 queues (JSON array of [name, paused]), 2 now
-- out: nothing
INSERT INTO {p}queues (name, paused, declared_at)
SELECT value ->> '$[0]', value ->> '$[1]', ?2
  FROM json_each(?1)
 WHERE true
ON CONFLICT (name) DO NOTHING
