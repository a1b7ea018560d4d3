-- in: $1 id, $2 kind, $3 version, $4 queue, $5 priority, $6 args, $7 tags, $8 run at (RFC 3339) or NULL, $9 delay in microseconds, $10 keys, $11 unique key or NULL, $12 held at most in microseconds or NULL: all as text
-- out: nothing
WITH clock AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), passed AS (
    UPDATE {s}.uniques u SET job = $1::text::uuid, expires_at = c.now + $12::text::bigint * interval '1 microsecond'
    FROM clock c WHERE u.key = $11::text AND u.expires_at <= c.now
    RETURNING 1
), taken AS (
    INSERT INTO {s}.uniques (key, job, expires_at)
    SELECT $11::text, $1::text::uuid, c.now + $12::text::bigint * interval '1 microsecond' FROM clock c
    WHERE $11::text IS NOT NULL AND NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.id = $1::text::uuid)
    ON CONFLICT (key) DO NOTHING
    RETURNING 1
)
INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, keys)
SELECT $1::text::uuid, $2::text::int, $3::text::int, $4::text, $5::text::smallint, t.due, t.now,
       CASE WHEN t.due > t.now THEN 1 ELSE 0 END, $6::text, $7::text, $10::text
FROM (
    SELECT c.now, coalesce($8::text::timestamptz, c.now + $9::text::bigint * interval '1 microsecond') AS due FROM clock c
) t
WHERE $11::text IS NULL OR EXISTS (SELECT FROM passed) OR EXISTS (SELECT FROM taken)
ON CONFLICT (id) DO NOTHING
