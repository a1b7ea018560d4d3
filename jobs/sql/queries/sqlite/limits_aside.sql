-- in: 1 queue, 2 full keys (JSON array of [key, reason]), 3 at most
-- out: nothing; the number of rows counts
-- The next ready jobs that would find the same keys full are blocked without being claimed one by one: those that take
-- nothing else, for a slot that another may have been woken for must be passed on.
-- A key that takes turns has its line in the order of enqueuing: what went on for a turn comes back to its place.
UPDATE {p}jobs AS j
   SET stage = 2, blocked_on = n.reason, waits_for = n.key,
       run_at = iif(instr(keys, '"f":true') > 0, min(run_at, enqueued_at), run_at)
  FROM (SELECT r.seq, f.value ->> '$[0]' AS key, f.value ->> '$[1]' AS reason
          FROM (SELECT seq, keys FROM {p}jobs
                 WHERE stage = 0 AND worker IS NULL AND queue = ?1
                 ORDER BY priority, run_at, seq LIMIT ?3) AS r
         CROSS JOIN json_each(?2) AS f ON instr(r.keys, f.value ->> '$[0]') > 0
         WHERE instr(r.keys, '"d":true') = 0
           AND json_array_length(coalesce(r.keys -> '$.s', '[]')) + (r.keys -> '$.r' IS NOT NULL) = 1
         GROUP BY r.seq) AS n
 WHERE j.seq = n.seq
