-- in: $1 now, $2 job ids uuid[], $3 worker uuid, $4 fences int8[], $5 keys text[] in order
-- out: key text, used int4, recent text, now int8 (microseconds since the epoch)
-- Locks the claims, then the keys in order; a key that nobody used yet is made.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now, set_config('synchronous_commit', 'off', true)
), mine AS MATERIALIZED (
    SELECT j.id FROM unnest($2::uuid[], $4::int8[]) AS g(id, fence) JOIN {s}.jobs j ON j.id = g.id AND j.worker = $3 AND j.fence = g.fence
    ORDER BY j.id FOR UPDATE OF j
)
INSERT INTO {s}.limits AS l (key)
SELECT k.key FROM unnest($5::text[]) WITH ORDINALITY AS k(key, n), (SELECT count(*) FROM mine) m
ORDER BY k.n
ON CONFLICT (key) DO UPDATE SET touched_at = (SELECT now FROM clock)
RETURNING l.key, l.used, l.recent, (SELECT (extract(epoch FROM now) * 1000000)::int8 FROM clock)
