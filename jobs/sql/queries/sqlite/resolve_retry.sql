-- in: 1 rows (JSON array of [id as hex, keys]), 2 now
-- out: nothing
INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, stage, fence, attempt, runs, crashes, enqueued_at,
       progress, tags, args, keys, member_of, member_pos)
SELECT h.id, h.kind, h.version, h.queue, h.priority, ?2, 0, h.fence, 0, h.runs, 0, h.enqueued_at,
       h.progress, h.tags, h.args, e.value ->> '$[1]', h.member_of, h.member_pos
  FROM json_each(?1) AS e
 CROSS JOIN {p}history AS h ON h.id = unhex(e.value ->> '$[0]')
 WHERE h.state = 3
ON CONFLICT (id) DO NOTHING
