-- in: 1 known (JSON array of [kind, version]), 2 whether the worker has just started
-- out: nothing
UPDATE {p}jobs
   SET stage = 0, blocked_on = NULL, blocked_until = NULL
 WHERE seq IN (
        SELECT j.seq
          FROM json_each(?1) AS k
         CROSS JOIN {p}jobs AS j ON j.stage = 2 AND j.kind = k.value ->> '$[0]'
         WHERE j.blocked_on = 1 OR (?2 AND j.blocked_on = 2 AND j.version <= k.value ->> '$[1]'))
