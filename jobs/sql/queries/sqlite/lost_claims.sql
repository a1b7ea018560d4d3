-- in: 1 workers (JSON array of hex), 2 at most
-- out: seq, id, fence, kind, version, priority, run_at, enqueued_at, attempt, runs, crashes, counters, args, tags, keys, worker, queue, claimed_at
SELECT j.seq, j.id, j.fence, j.kind, j.version, j.priority, j.run_at, j.enqueued_at, j.attempt, j.runs, j.crashes,
       j.counters, j.args, j.tags, j.keys, j.worker, j.queue, j.claimed_at
  FROM json_each(?1) AS w
 CROSS JOIN {p}jobs AS j ON j.worker = unhex(w.value)
 LIMIT ?2
