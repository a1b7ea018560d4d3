-- in: $1 now, $2 how long ago they ended int8 (microseconds), $3 those with a death int8 (microseconds), $4 at most int8
-- out: nothing; one row for each group that went
-- Children stay as long as their flow's checkpoints: it reads their outputs when it is replayed.
WITH gone AS (
    DELETE FROM {s}.groups g
    WHERE g.id = ANY (ARRAY(
        SELECT o.id FROM {s}.groups o
        WHERE o.ended_at <= coalesce($1::timestamptz, clock_timestamp()) - $2 * interval '1 microsecond'
            AND (o.dead = 0 OR o.ended_at <= coalesce($1::timestamptz, clock_timestamp()) - $3 * interval '1 microsecond')
            AND NOT (o.kind = 4 AND EXISTS (SELECT FROM {s}.checkpoints c WHERE c.job_id = o.parent AND c.kind = 2))
        ORDER BY o.ended_at LIMIT $4))
    RETURNING g.id
), members AS (
    DELETE FROM {s}.members m WHERE m.group_id = ANY (ARRAY(SELECT id FROM gone))
)
SELECT count(*) FROM gone
