-- in: $1 id, $2 kind, $3 version, $4 queue, $5 priority, $6 args, $7 tags, $8 run at (RFC 3339) or NULL, $9 delay in microseconds: all as text
-- out: nothing
INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags)
SELECT $1::text::uuid, $2::text::int, $3::text::int, $4::text, $5::text::smallint, t.due, t.now,
       CASE WHEN t.due > t.now THEN 1 ELSE 0 END, $6::text, $7::text
FROM (
    SELECT c.now, coalesce($8::text::timestamptz, c.now + $9::text::bigint * interval '1 microsecond') AS due
    FROM (SELECT clock_timestamp() AS now) c
) t
ON CONFLICT (id) DO NOTHING
