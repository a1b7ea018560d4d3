-- in: $1 ids uuid[], $2 workers uuid[], $3 fences int8[], $4 progress text[]
-- out: nothing
-- Skips rows that another statement holds: progress never waits, so it never deadlocks.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::text[]) AS g(id, worker, fence, progress)
), held AS MATERIALIZED (
    SELECT j.id FROM given g JOIN {s}.jobs j ON j.id = g.id AND j.worker = g.worker AND j.fence = g.fence
    FOR UPDATE OF j SKIP LOCKED
)
UPDATE {s}.jobs j SET progress = g.progress
FROM given g
WHERE j.id = ANY (ARRAY(SELECT id FROM held)) AND j.id = g.id AND j.worker = g.worker AND j.fence = g.fence
