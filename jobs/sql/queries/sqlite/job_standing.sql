-- in: 1 id
-- out: kind, version, blocked_on, blocked_until, waits_for, keys, worker
SELECT kind, version, blocked_on, blocked_until, waits_for, keys, worker FROM {p}jobs WHERE id = ?1
UNION ALL
SELECT kind, version, NULL, NULL, NULL,
       (SELECT d.keys FROM {p}dead_letters AS d WHERE d.job_id = ?1 ORDER BY d.number DESC LIMIT 1), NULL
  FROM {p}history WHERE id = ?1
LIMIT 1
