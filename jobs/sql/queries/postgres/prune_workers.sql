-- in: $1 now
-- out: nothing
DELETE FROM {s}.workers
WHERE (stopped_at IS NOT NULL OR cleared_at IS NOT NULL)
    AND coalesce(stopped_at, lost_at) < coalesce($1::timestamptz, clock_timestamp()) - interval '1 day'
