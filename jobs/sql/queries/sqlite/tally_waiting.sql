-- in: 1 at most
-- out: queue, state (1 scheduled, 2 blocked, 3 parked, 4 running), count, whether the counting of the state stopped
WITH some (queue, state) AS MATERIALIZED (
    SELECT * FROM (SELECT queue, 1 FROM {p}jobs WHERE stage = 1 LIMIT ?1)
    UNION ALL
    SELECT * FROM (SELECT queue, 2 FROM {p}jobs WHERE stage = 2 LIMIT ?1)
    UNION ALL
    SELECT * FROM (SELECT queue, 3 FROM {p}jobs WHERE stage = 3 LIMIT ?1)
    UNION ALL
    SELECT * FROM (SELECT queue, 4 FROM {p}jobs WHERE worker IS NOT NULL LIMIT ?1))
SELECT queue, state, count(*), (SELECT count(*) FROM some AS o WHERE o.state = s.state) >= ?1
  FROM some AS s
 GROUP BY queue, state
 ORDER BY queue, state
