-- in: 1 at most
-- out: key that jobs are blocked for, used (NULL: nobody has it), whether the window opens later, keys of the first of them
WITH RECURSIVE waiting (key) AS (
    SELECT min(waits_for) FROM {p}jobs WHERE stage = 2 AND waits_for IS NOT NULL
    UNION ALL
    SELECT (SELECT min(j.waits_for) FROM {p}jobs AS j WHERE j.stage = 2 AND j.waits_for IS NOT NULL AND j.waits_for > w.key)
      FROM waiting AS w WHERE w.key IS NOT NULL
)
SELECT w.key, l.used, l.opens_at IS NOT NULL,
       (SELECT j.keys FROM {p}jobs AS j WHERE j.stage = 2 AND j.waits_for = w.key ORDER BY j.priority, j.run_at, j.seq LIMIT 1)
  FROM waiting AS w
  LEFT JOIN {p}limits AS l ON l.key = w.key
 WHERE w.key IS NOT NULL
 LIMIT ?1
