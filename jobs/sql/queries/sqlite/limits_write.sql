-- in: 1 rows (JSON array of [key, used, recent or NULL, opens_at or NULL to keep it]), 2 now
-- out: nothing
INSERT INTO {p}limits (key, used, recent, opens_at, touched_at)
SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', ?2
  FROM json_each(?1)
 WHERE true
ON CONFLICT (key) DO UPDATE
   SET used = excluded.used, recent = excluded.recent, opens_at = coalesce(excluded.opens_at, opens_at), touched_at = excluded.touched_at
