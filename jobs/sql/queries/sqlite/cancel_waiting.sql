-- in: 1 id, 2 now, 3 expires_at
-- out: nothing
INSERT OR REPLACE INTO {p}history (id, state, kind, version, queue, priority, run_at, worker, fence, attempt, runs,
       crashes, enqueued_at, started_at, finished_at, expires_at, reason, output, progress, tags, args, member_of, member_pos)
SELECT id, 4, kind, version, queue, priority, run_at, NULL, fence, attempt, runs,
       crashes, enqueued_at, NULL, ?2, ?3, NULL, NULL, progress, tags, args, member_of, member_pos
  FROM {p}jobs
 WHERE id = ?1 AND worker IS NULL
