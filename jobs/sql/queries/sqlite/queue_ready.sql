-- in: 1 queue, 2 at most
-- out: how many of its jobs are ready
SELECT count(*)
  FROM (SELECT 1 FROM {p}jobs WHERE stage = 0 AND worker IS NULL AND queue = ?1 LIMIT ?2)
