-- in: 1 rows (JSON array of [key, slots that are given back])
-- out: nothing
UPDATE {p}limits AS l SET used = max(l.used - (e.value ->> '$[1]'), 0) FROM json_each(?1) AS e WHERE l.key = e.value ->> '$[0]'
