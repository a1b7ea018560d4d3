-- in: $1 now, $2 limit int8
-- out: key text, recent text of keys whose window is open, now int8 (microseconds since the epoch)
SELECT l.key, l.recent, (extract(epoch FROM coalesce($1::timestamptz, clock_timestamp())) * 1000000)::int8
FROM {s}.limits l
WHERE l.opens_at <= coalesce($1::timestamptz, clock_timestamp())
ORDER BY l.opens_at LIMIT $2
FOR UPDATE SKIP LOCKED
