-- in: $1 now, $2 keys text[], $3 jobs uuid[] that want them, $4 held at most int8[] (microseconds; NULL: no end)
-- out: key text, job uuid of each key's holder, after those whose time is over were taken over
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), given AS MATERIALIZED (
    SELECT DISTINCT ON (g.key) g.* FROM unnest($2::text[], $3::uuid[], $4::int8[]) WITH ORDINALITY AS g(key, job, ttl, n) ORDER BY g.key, g.n
), passed AS (
    UPDATE {s}.uniques u SET job = g.job, expires_at = clock.now + g.ttl * interval '1 microsecond'
    FROM given g, clock
    WHERE u.key = g.key AND u.expires_at <= clock.now AND u.job <> g.job
    RETURNING u.key, u.job
)
SELECT p.key, p.job FROM passed p
UNION ALL
SELECT u.key, u.job FROM {s}.uniques u WHERE u.key = ANY ($2) AND u.key NOT IN (SELECT key FROM passed)
