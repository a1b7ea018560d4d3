-- in: 1 keys (JSON array)
-- out: key, used, recent
SELECT l.key, l.used, l.recent FROM json_each(?1) AS e CROSS JOIN {p}limits AS l ON l.key = e.value
