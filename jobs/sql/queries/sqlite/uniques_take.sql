-- in: 1 rows (JSON array of [key, job as hex, expires_at or NULL]), 2 now
-- out: nothing; a key is held by its primary key alone, and one whose time is over is taken over
INSERT INTO {p}uniques (key, job, expires_at)
SELECT value ->> '$[0]', unhex(value ->> '$[1]'), value ->> '$[2]'
  FROM json_each(?1)
 WHERE true
ON CONFLICT (key) DO UPDATE
   SET job = excluded.job, expires_at = excluded.expires_at
 WHERE {p}uniques.expires_at <= ?2
