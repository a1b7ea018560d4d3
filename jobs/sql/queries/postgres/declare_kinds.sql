-- in: $1 names text[], $2 queues text[], $3 priorities int2[], $4 versions int4[], $5 tags text[]
-- out: nothing
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::int2[], $4::int4[], $5::text[]) AS g(name, queue, priority, version, tags)
), changed AS (
    UPDATE {s}.kinds k
    SET queue = g.queue, priority = g.priority, version = g.version, tags = g.tags, declared = true
    FROM given g
    WHERE k.name = g.name
        AND (k.queue, k.priority, k.version, k.tags, k.declared) IS DISTINCT FROM (g.queue, g.priority, g.version, g.tags, true)
)
INSERT INTO {s}.kinds (name, queue, priority, version, tags)
SELECT g.name, g.queue, g.priority, g.version, g.tags FROM given g
WHERE NOT EXISTS (SELECT FROM {s}.kinds k WHERE k.name = g.name)
ORDER BY g.name
ON CONFLICT (name) DO NOTHING
