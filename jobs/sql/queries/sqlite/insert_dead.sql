-- in: 1 rows (JSON array of [id as hex, kind, version, queue, priority, args, tags, member_of as hex, member_pos]), 2 now, 3 expires_at
-- out: nothing
INSERT INTO {p}history (id, state, kind, version, queue, priority, run_at, worker, fence, attempt, runs,
       crashes, enqueued_at, started_at, finished_at, expires_at, reason, output, progress, tags, args, member_of, member_pos)
SELECT unhex(value ->> '$[0]'), 3, value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', ?2, NULL, 0, 0, 0,
       0, ?2, NULL, ?2, ?3, NULL, NULL, NULL, value ->> '$[6]', value ->> '$[5]',
       unhex(value ->> '$[7]'), value ->> '$[8]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (id) DO NOTHING
