-- in: 1 ends (JSON array of [id, worker, fence, state, reason, output, started_at, finished_at, expires_at])
-- out: nothing
INSERT OR REPLACE INTO {p}history (id, state, kind, version, queue, priority, run_at, worker, fence, attempt, runs,
       crashes, enqueued_at, started_at, finished_at, expires_at, reason, output, progress, tags, args)
SELECT j.id, e.value ->> '$[3]', j.kind, j.version, j.queue, j.priority, j.run_at, j.worker, j.fence,
       j.attempt, j.runs + (e.value ->> '$[6]' IS NOT NULL), j.crashes, j.enqueued_at, e.value ->> '$[6]',
       e.value ->> '$[7]', e.value ->> '$[8]', e.value ->> '$[4]', e.value ->> '$[5]', j.progress, j.tags, j.args
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value ->> '$[0]')
 WHERE j.worker = unhex(e.value ->> '$[1]') AND j.fence = e.value ->> '$[2]'
   AND e.value ->> '$[8]' IS NOT NULL
