-- in: $1 now, $2 ids uuid[], $3 versions int4[], $4 args text[] (NULL keeps arguments and keys), $5 keys text[], $6 delays int8[] (microseconds), $7 times timestamptz[]
-- out: nothing; jobs that run stay as they are
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), given AS MATERIALIZED (
    SELECT g.*, coalesce(g.at, clock.now + coalesce(g.delay, 0) * interval '1 microsecond') AS run_at, clock.now
    FROM clock, unnest($2::uuid[], $3::int4[], $4::text[], $5::text[], $6::int8[], $7::timestamptz[]) AS g(id, version, args, keys, delay, at)
)
UPDATE {s}.jobs j
SET run_at = g.run_at, stage = CASE WHEN g.run_at > g.now THEN 1 ELSE 0 END, blocked_on = NULL, blocked_until = NULL, waits_for = NULL,
    version = CASE WHEN g.args IS NULL THEN j.version ELSE g.version END,
    keys = CASE WHEN g.args IS NULL THEN j.keys ELSE g.keys END,
    args = coalesce(g.args, j.args)
FROM given g
WHERE j.id = g.id AND j.worker IS NULL AND (j.stage IN (0, 1) OR j.blocked_on IN (4, 5))
