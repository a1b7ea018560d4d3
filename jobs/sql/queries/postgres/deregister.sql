-- in: $1 now, $2 id uuid
-- out: nothing
-- A worker should have no claims left; one that has some after all is lost, so that they are handed over.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), claims AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM {s}.jobs j WHERE j.stage = 0 AND j.worker = $2) AS are_left
)
UPDATE {s}.workers w
SET asleep = false,
    stopped_at = CASE WHEN claims.are_left THEN NULL ELSE clock.now END,
    lost_at = CASE WHEN claims.are_left THEN clock.now END
FROM clock, claims
WHERE w.id = $2 AND w.stopped_at IS NULL AND w.lost_at IS NULL
