-- in: 1 workers (JSON array of hex), 2 at most
-- out: seq, id, fence, kind, version, priority, run_at, enqueued_at, attempt, runs, crashes, counters, args, tags, keys, member_of, member_pos, trace, worker, queue, claimed_at, whether it may have been begun
-- A worker starts its claims in their order, so only the oldest ones, as many as its slots, can have been begun. Those
-- that were not come first: the place of the others among what is left stays. Queues claimed together stand side by side.
WITH ranked AS MATERIALIZED (
    SELECT j.seq,
           coalesce(
               rank() OVER (PARTITION BY j.worker, coalesce(p.value ->> '$[0]', j.queue) ORDER BY j.claimed_at) - 1
               + row_number() OVER (PARTITION BY j.worker, j.queue, j.claimed_at ORDER BY j.priority, j.run_at, j.seq)
               <= p.value ->> '$[1]', 1) AS begun
      FROM json_each(?1) AS e
     CROSS JOIN {p}jobs AS j ON j.worker = unhex(e.value)
      LEFT JOIN {p}workers AS w ON w.id = j.worker
      LEFT JOIN json_each(w.pools) AS p ON p.key = j.queue
)
SELECT j.seq, j.id, j.fence, j.kind, j.version, j.priority, j.run_at, j.enqueued_at, j.attempt, j.runs, j.crashes,
       j.counters, j.args, j.tags, j.keys, j.member_of, j.member_pos, j.trace, j.worker, j.queue, j.claimed_at, r.begun
  FROM ranked AS r
 CROSS JOIN {p}jobs AS j ON j.seq = r.seq
 ORDER BY r.begun, j.seq
 LIMIT ?2
