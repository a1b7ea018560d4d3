-- in: 1 rows (JSON array of [key, job as hex])
-- out: key
DELETE FROM {p}uniques
 WHERE (key, job) IN (SELECT value ->> '$[0]', unhex(value ->> '$[1]') FROM json_each(?1))
RETURNING key
