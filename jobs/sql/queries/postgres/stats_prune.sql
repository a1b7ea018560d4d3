-- in: $1 now
-- out: nothing
DELETE FROM {s}.stats
WHERE (span = 60 AND at < coalesce($1::timestamptz, clock_timestamp()) - interval '2 days')
    OR (span = 3600 AND at < coalesce($1::timestamptz, clock_timestamp()) - interval '90 days')
