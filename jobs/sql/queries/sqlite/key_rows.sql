-- in: 1 keys (JSON array)
-- out: key, used, opens_at, unique holder
SELECT e.value, l.used, l.opens_at, u.job
  FROM json_each(?1) AS e
  LEFT JOIN {p}limits AS l ON l.key = e.value
  LEFT JOIN {p}uniques AS u ON u.key = e.value
 ORDER BY e.key
