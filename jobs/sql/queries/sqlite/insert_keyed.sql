-- in: 1 rows (JSON array of [id as hex, kind, version, queue, priority, run_at, stage, enqueued_at, tags, args, keys, member_of as hex, member_pos, blocked_on, trace])
-- out: id
INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, stage, enqueued_at, tags, args, keys, member_of, member_pos,
       blocked_on, trace)
SELECT unhex(value ->> '$[0]'), value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
       value ->> '$[6]', value ->> '$[7]', value ->> '$[8]', value ->> '$[9]', value ->> '$[10]',
       unhex(value ->> '$[11]'), value ->> '$[12]', value ->> '$[13]', value ->> '$[14]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (id) DO NOTHING
RETURNING id
