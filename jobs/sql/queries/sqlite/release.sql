-- in: 1 rows (JSON array of [id, worker, fence, end, stage, run_at, queue, priority, keeps counters, counters, attempts, runs, crashes, blocked_on, blocked_until, waits_for]; NULL run_at, queue, priority keep the old)
-- out: id, whether somebody asked to cancel it, keys, held, member_of, member_pos
UPDATE {p}jobs AS j
   SET worker = NULL,
       claimed_at = NULL,
       last_worker = j.worker,
       last_end = e.value ->> '$[3]',
       stage = e.value ->> '$[4]',
       run_at = coalesce(e.value ->> '$[5]', j.run_at),
       queue = coalesce(e.value ->> '$[6]', j.queue),
       priority = coalesce(e.value ->> '$[7]', j.priority),
       counters = iif(e.value ->> '$[8]', j.counters, e.value ->> '$[9]'),
       attempt = j.attempt + (e.value ->> '$[10]'),
       runs = j.runs + (e.value ->> '$[11]'),
       crashes = j.crashes + (e.value ->> '$[12]'),
       blocked_on = e.value ->> '$[13]',
       blocked_until = e.value ->> '$[14]',
       waits_for = e.value ->> '$[15]'
  FROM json_each(?1) AS e
 WHERE j.id = unhex(e.value ->> '$[0]') AND j.worker = unhex(e.value ->> '$[1]') AND j.fence = e.value ->> '$[2]'
RETURNING id, EXISTS (SELECT 1 FROM {p}cancels AS c WHERE c.job_id = id), keys, held, member_of, member_pos
