-- in: 1 at most
-- out: queue, how many of its jobs are ready; of those that have any
WITH RECURSIVE names (queue) AS (
    SELECT min(queue) FROM {p}jobs WHERE stage = 0 AND worker IS NULL
    UNION ALL
    SELECT (SELECT min(j.queue) FROM {p}jobs AS j WHERE j.stage = 0 AND j.worker IS NULL AND j.queue > names.queue)
      FROM names WHERE names.queue IS NOT NULL)
SELECT n.queue,
       (SELECT count(*) FROM (SELECT 1 FROM {p}jobs AS j WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = n.queue LIMIT ?1))
  FROM (SELECT queue FROM names WHERE queue IS NOT NULL LIMIT 1000) AS n
