-- in: 1 ids (JSON array of hex), 2 now, 3 expires_at, 4 state, 5 reason
-- out: nothing
INSERT OR REPLACE INTO {p}history (id, state, kind, version, queue, priority, run_at, worker, fence, attempt, runs,
       crashes, enqueued_at, started_at, finished_at, expires_at, reason, output, progress, tags, args, member_of, member_pos)
SELECT id, ?4, kind, version, queue, priority, run_at, NULL, fence, attempt, runs,
       crashes, enqueued_at, NULL, ?2, ?3, ?5, NULL, progress, tags, args, member_of, member_pos
  FROM {p}jobs
 WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND worker IS NULL
