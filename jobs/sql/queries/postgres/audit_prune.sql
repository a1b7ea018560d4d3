-- in: $1 now
-- out: nothing
DELETE FROM {s}.audit WHERE at < coalesce($1::timestamptz, clock_timestamp()) - interval '90 days'
