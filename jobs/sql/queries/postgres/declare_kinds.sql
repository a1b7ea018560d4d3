-- in: $1 names text[], $2 queues text[], $3 priorities int2[], $4 versions int4[], $5 tags text[], $6 what unique says text[], $7 redacted arguments text[], $8 arguments text[]
-- out: nothing
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::int2[], $4::int4[], $5::text[], $6::text[], $7::text[], $8::text[]) AS g(name, queue, priority, version, tags, unique_by, redact, args)
), changed AS (
    UPDATE {s}.kinds k
    SET queue = g.queue, priority = g.priority, version = g.version, tags = g.tags, unique_by = g.unique_by, redact = g.redact, args = g.args, declared = true
    FROM given g
    WHERE k.name = g.name
        AND (k.queue, k.priority, k.version, k.tags, k.declared, k.unique_by, k.redact, k.args)
            IS DISTINCT FROM (g.queue, g.priority, g.version, g.tags, true, g.unique_by, g.redact, g.args)
)
INSERT INTO {s}.kinds (name, queue, priority, version, tags, unique_by, redact, args)
SELECT g.name, g.queue, g.priority, g.version, g.tags, g.unique_by, g.redact, g.args FROM given g
WHERE NOT EXISTS (SELECT FROM {s}.kinds k WHERE k.name = g.name)
ORDER BY g.name
ON CONFLICT (name) DO NOTHING
