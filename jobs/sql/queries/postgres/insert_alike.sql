-- in: $1 now, $2 ids uuid[], $3 args text[], $4 kind int4, $5 version int4, $6 queue text, $7 priority int2, $8 tags text, $9 group uuid
-- out: the ids that are new uuid[], NULL if all are
-- Jobs that differ in their arguments alone, and are due at once: what most batches are.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), fresh AS (
    INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, member_of)
    SELECT g.id, $4, $5, $6, $7, clock.now, clock.now, 0, g.args, $8, $9
    FROM clock, unnest($2::uuid[], $3::text[]) AS g(id, args)
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
SELECT CASE WHEN count(*) < cardinality($2::uuid[]) THEN coalesce(array_agg(id), '{}') END FROM fresh
