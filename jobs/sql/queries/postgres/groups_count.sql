-- in: $1 now, $2 ids uuid[], $3 more in total int4[], $4 open int4[], $5 succeeded int4[], $6 discarded int4[], $7 dead int4[], $8 cancelled int4[]
-- out: each group as it stands then
-- Locked in the order of ids, so that two transactions meet in one order.
WITH locked AS MATERIALIZED (
    SELECT g.id FROM {s}.groups g WHERE g.id = ANY ($2) ORDER BY g.id FOR UPDATE
)
UPDATE {s}.groups g
SET total = g.total + d.total, open = g.open + d.open, succeeded = g.succeeded + d.succeeded, discarded = g.discarded + d.discarded,
    dead = g.dead + d.dead, cancelled = g.cancelled + d.cancelled,
    ended_at = CASE WHEN g.open + d.open = 0 THEN coalesce($1::timestamptz, clock_timestamp()) END
FROM unnest($2::uuid[], $3::int4[], $4::int4[], $5::int4[], $6::int4[], $7::int4[], $8::int4[])
    AS d(id, total, open, succeeded, discarded, dead, cancelled)
WHERE g.id = d.id AND g.id = ANY (ARRAY(SELECT id FROM locked))
RETURNING g.id, g.kind, g.parent, g.place, g.name, g.listed, g.total, g.open, g.succeeded, g.discarded, g.dead, g.cancelled,
    g.counted, g.passed, g.callbacks
