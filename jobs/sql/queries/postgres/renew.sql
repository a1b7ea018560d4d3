-- in: $1 now, $2 id uuid
-- out: alive bool, jobs to cancel uuid[], what is asked of it int2
WITH alive AS (
    UPDATE {s}.workers SET seen_at = coalesce($1::timestamptz, clock_timestamp())
    WHERE id = $2 AND lost_at IS NULL AND stopped_at IS NULL
    RETURNING id, asked
)
SELECT EXISTS (SELECT FROM alive),
    ARRAY(SELECT c.job_id FROM {s}.cancels c JOIN {s}.jobs j ON j.id = c.job_id WHERE j.worker = $2),
    (SELECT asked FROM alive)
