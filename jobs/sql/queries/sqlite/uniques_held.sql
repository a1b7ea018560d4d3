-- in: 1 keys (JSON array)
-- out: key, job
SELECT u.key, u.job FROM json_each(?1) AS e CROSS JOIN {p}uniques AS u ON u.key = e.value
