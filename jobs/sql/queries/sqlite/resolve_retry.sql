-- in: 1 ids (JSON array of hex), 2 now
-- out: nothing
INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, stage, fence, attempt, runs, crashes, enqueued_at,
       progress, tags, args)
SELECT h.id, h.kind, h.version, h.queue, h.priority, ?2, 0, h.fence, 0, h.runs, 0, h.enqueued_at,
       h.progress, h.tags, h.args
  FROM json_each(?1) AS e
 CROSS JOIN {p}history AS h ON h.id = unhex(e.value)
 WHERE h.state = 3
ON CONFLICT (id) DO NOTHING
