-- in: 1 rows (JSON array of [id as hex, kind, version, priority, tags, args, trace]), 2 now, 3 queue, 4 worker
-- out: whether it is the worker's, of each
-- New jobs of one queue that are due at once, in the hands of a worker with free slots from the first.
INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, stage, enqueued_at, tags, args, trace, worker, fence,
       claimed_at)
SELECT unhex(value ->> '$[0]'), value ->> '$[1]', value ->> '$[2]', ?3, value ->> '$[3]', ?2, 0, ?2, value ->> '$[4]',
       value ->> '$[5]', value ->> '$[6]', w.id, w.id IS NOT NULL, iif(w.id IS NULL, NULL, ?2)
  FROM json_each(?1)
  LEFT JOIN {p}workers AS w ON w.id = ?4 AND w.lost_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM {p}queues WHERE name = ?3 AND paused = 1)
RETURNING worker IS NOT NULL
