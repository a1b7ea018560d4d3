-- in: 1 at most
-- out: state, count, whether there are more
-- Those that succeeded are counted among the newest; they are many where others are not.
SELECT 1, count(*) FILTER (WHERE state = 1), count(*) >= ?1
  FROM (SELECT state FROM {p}history ORDER BY id DESC LIMIT ?1)
UNION ALL
SELECT 2, count(*), count(*) >= ?1 FROM (SELECT 1 FROM {p}history WHERE state = 2 AND state <> 1 LIMIT ?1)
UNION ALL
SELECT 3, count(*), count(*) >= ?1 FROM (SELECT 1 FROM {p}history WHERE state = 3 AND state <> 1 LIMIT ?1)
UNION ALL
SELECT 4, count(*), count(*) >= ?1 FROM (SELECT 1 FROM {p}history WHERE state = 4 AND state <> 1 LIMIT ?1)
