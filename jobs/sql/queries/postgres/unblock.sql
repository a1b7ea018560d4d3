-- in: $1 kinds int4[], $2 versions int4[], $3 whether the worker just started bool, $4 limit int8
-- out: nothing; the number of rows counts
WITH known AS MATERIALIZED (
    SELECT * FROM unnest($1::int4[], $2::int4[]) AS k(id, version)
), waiting AS MATERIALIZED (
    SELECT j.ctid AS place
    FROM {s}.jobs j JOIN known k ON k.id = j.kind
    WHERE j.stage = 2 AND (j.blocked_on = 1 OR ($3 AND j.blocked_on = 2 AND j.version <= k.version))
    LIMIT $4
    FOR UPDATE OF j SKIP LOCKED
)
UPDATE {s}.jobs j SET stage = 0, blocked_on = NULL, blocked_until = NULL
WHERE j.ctid = ANY (ARRAY(SELECT place FROM waiting)) AND j.stage = 2
