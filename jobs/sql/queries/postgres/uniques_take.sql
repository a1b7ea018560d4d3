-- in: $1 now, $2 keys text[], $3 jobs uuid[], $4 held at most int8[] (microseconds; NULL: no end)
-- out: nothing; who holds a key afterwards is to be read by a statement of its own
INSERT INTO {s}.uniques (key, job, expires_at)
SELECT g.key, g.job, coalesce($1::timestamptz, clock_timestamp()) + g.ttl * interval '1 microsecond'
FROM unnest($2::text[], $3::uuid[], $4::int8[]) WITH ORDINALITY AS g(key, job, ttl, n)
ORDER BY g.key, g.n
ON CONFLICT (key) DO NOTHING
