-- in: $1 now
-- out: id uuid of each lost worker that may have claims left; whether it has been lost for long bool
-- A worker that stopped had no claims then; one that was under way may have come since, which is looked for once.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), fallen AS (
    UPDATE {s}.workers w SET lost_at = clock.now, asleep = false
    FROM clock
    WHERE w.lost_at IS NULL AND w.stopped_at IS NULL AND w.seen_at + w.lease < clock.now
    RETURNING w.id
)
SELECT id, false FROM fallen
UNION ALL
SELECT w.id, w.lost_at + interval '5 minutes' < clock.now FROM {s}.workers w, clock
WHERE w.lost_at IS NOT NULL AND w.cleared_at IS NULL
UNION ALL
SELECT w.id, true FROM {s}.workers w, clock
WHERE w.lost_at IS NULL AND w.stopped_at + interval '5 minutes' < clock.now AND w.cleared_at IS NULL
