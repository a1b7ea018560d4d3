-- in: 1 ids (JSON array of hex)
-- out: id, kind's name, queue, priority, tags, args, state of a finished one, stage, worker, blocked_on, reason, enqueued_at, run_at, finished_at, started_at, runs, progress, output
SELECT j.id, k.name, j.queue, j.priority, j.tags, j.args, NULL, j.stage, j.worker, j.blocked_on, NULL,
       j.enqueued_at, j.run_at, NULL, j.claimed_at, j.runs, j.progress, NULL
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value)
  LEFT JOIN {p}kinds AS k ON k.id = j.kind
UNION ALL
SELECT h.id, k.name, h.queue, h.priority, h.tags, h.args, h.state, NULL, h.worker, NULL, h.reason,
       h.enqueued_at, h.run_at, h.finished_at, h.started_at, h.runs, h.progress, h.output
  FROM json_each(?1) AS e
 CROSS JOIN {p}history AS h ON h.id = unhex(e.value)
  LEFT JOIN {p}kinds AS k ON k.id = h.kind
