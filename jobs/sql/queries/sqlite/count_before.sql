-- in: 1 id, 2 at most
-- out: how many ready jobs of its queue come before it
SELECT count(*)
  FROM (SELECT 1
          FROM (SELECT queue, priority, run_at, seq FROM {p}jobs WHERE id = ?1) AS me
         CROSS JOIN {p}jobs AS j
         WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = me.queue
           AND (j.priority, j.run_at, j.seq) < (me.priority, me.run_at, me.seq)
         LIMIT ?2)
