-- in: 1 ids of released jobs that somebody asked to cancel (JSON array of hex), 2 now
-- out: nothing
INSERT OR REPLACE INTO {p}history (id, state, kind, version, queue, priority, run_at, worker, fence, attempt, runs,
       crashes, enqueued_at, started_at, finished_at, expires_at, reason, output, progress, tags, args, member_of, member_pos)
SELECT j.id, 4, j.kind, j.version, j.queue, j.priority, j.run_at, j.last_worker, j.fence, j.attempt, j.runs,
       j.crashes, j.enqueued_at, NULL, ?2, ?2 + c.retain, NULL, NULL, j.progress, j.tags, j.args, j.member_of, j.member_pos
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value)
 CROSS JOIN {p}cancels AS c ON c.job_id = j.id
 WHERE j.worker IS NULL AND c.retain >= 0
