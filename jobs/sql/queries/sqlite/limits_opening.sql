-- in: 1 now, 2 at most
-- out: key, recent, keys of the first job that is blocked for it
SELECT l.key, l.recent,
       (SELECT j.keys FROM {p}jobs AS j WHERE j.stage = 2 AND j.waits_for = l.key ORDER BY j.priority, j.run_at, j.seq LIMIT 1)
  FROM {p}limits AS l
 WHERE l.opens_at IS NOT NULL AND l.opens_at <= ?1
 ORDER BY l.opens_at
 LIMIT ?2
