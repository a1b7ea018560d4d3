-- in: $1 now, $2 chain uuid, $3 place int4, $4 output of the stage before text
-- out: the stage uuid, if there is one
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), begun AS (
    UPDATE {s}.groups SET passed = passed | 1 WHERE parent = $2 AND kind = 3 AND place = $3 RETURNING id
), released AS (
    UPDATE {s}.jobs j
    SET stage = CASE WHEN j.run_at > clock.now THEN 1 ELSE 0 END, run_at = greatest(j.run_at, clock.now), blocked_on = NULL,
        args = CASE
            WHEN m.input IS NULL THEN j.args
            WHEN j.args = '{}' THEN '{' || m.input || ':' || $4::text || '}'
            ELSE '{' || m.input || ':' || $4::text || ',' || substr(j.args, 2)
        END
    FROM clock, begun b JOIN {s}.members m ON m.group_id = b.id AND m.own
    WHERE j.id = m.job AND j.stage = 2 AND j.blocked_on = 6
)
SELECT id FROM begun
