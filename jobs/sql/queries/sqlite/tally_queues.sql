-- in: nothing
-- out: queue of each that has ready jobs
WITH RECURSIVE names (queue) AS (
    SELECT min(queue) FROM {p}jobs WHERE stage = 0 AND worker IS NULL
    UNION ALL
    SELECT (SELECT min(j.queue) FROM {p}jobs AS j WHERE j.stage = 0 AND j.worker IS NULL AND j.queue > names.queue)
      FROM names WHERE names.queue IS NOT NULL)
SELECT queue FROM names WHERE queue IS NOT NULL LIMIT 1000
