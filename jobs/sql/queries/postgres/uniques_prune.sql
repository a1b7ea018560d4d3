-- in: $1 now, $2 limit int8
-- out: key text, job uuid of keys whose time is over
SELECT u.key, u.job FROM {s}.uniques u
WHERE u.expires_at <= coalesce($1::timestamptz, clock_timestamp()) ORDER BY u.expires_at LIMIT $2
