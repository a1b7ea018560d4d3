-- in: 1 worker, 2 now, 3 queue, 4 at most
-- out: seq, id, fence, kind, version, priority, run_at, enqueued_at, attempt, runs, crashes, counters, args, tags, keys, member_of, member_pos, trace
UPDATE {p}jobs
   SET worker = ?1, fence = fence + 1, claimed_at = ?2
 WHERE seq IN (
        SELECT seq
          FROM {p}jobs
         WHERE stage = 0 AND worker IS NULL AND queue = ?3
           AND NOT EXISTS (SELECT 1 FROM {p}queues WHERE name = ?3 AND paused = 1)
           AND NOT EXISTS (SELECT 1 FROM {p}workers WHERE id = ?1 AND lost_at IS NOT NULL)
         ORDER BY priority, run_at, seq
         LIMIT ?4)
RETURNING seq, id, fence, kind, version, priority, run_at, enqueued_at, attempt, runs, crashes, counters, args, tags, keys, member_of, member_pos, trace
